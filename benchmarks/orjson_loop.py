"""What a script would do: unpack every file, decode every record, look at each. One process."""

import gzip
import sys
from pathlib import Path

import orjson

failed = 0
for file in sorted(Path(sys.argv[1]).glob("*.gz")):
    for record in orjson.loads(gzip.decompress(file.read_bytes()))["Records"]:
        failed += "errorCode" in record
print(failed)
