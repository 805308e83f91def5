"""The guard on duty: from messages of a queue to tags and letters, as long as there are any."""
