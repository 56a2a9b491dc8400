"""Answers "ping" with "pong" by long polls. Python 3.9 or newer, the standard library only. Misses nothing, answers once."""

import json
import os
import time
import urllib.error
import urllib.request

url = os.environ.get("TEAHOUSE_URL", "http://127.0.0.1:3000")
headers = {"authorization": "Bearer " + os.environ["TEAHOUSE_TOKEN"], "content-type": "application/json"}


def call(path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url + path, data, headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def answer(frame):
    if frame["type"] == "chat" and frame["data"] == "ping":
        key = f"pong-{frame['room']}-{frame['id']}"
        call("/api/chat", {"room": frame["room"], "key": key, "data": "pong", "reply": frame["id"]})


query = "room=lobby:"
while True:
    try:
        poll = call("/api/stream?" + query)
        for frame in poll["frames"]:
            answer(frame)
        # Only now: whatever was not answered comes again.
        query = poll["next"]
    except OSError as error:
        if isinstance(error, urllib.error.HTTPError) and error.code == 401:
            raise SystemExit("The token is wrong or was revoked.")
        print(error, flush=True)
        time.sleep(5)
