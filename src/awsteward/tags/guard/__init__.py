"""The pipeline: every record ends in an outcome that people and programs can see."""
