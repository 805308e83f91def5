"""Create untagged, read the record, tag, ask the service: for every create call that moto has.

`python -m tools.round_trip` prints the table and writes the catalogue's `round_trip.json`.
"""
