"""A Flask replica with Flask's own server, as many small projects run it."""
import os
import socket

from flask import Flask

app = Flask(__name__)


@app.route("/api/hello")
def hello():
    return f"Hello from {socket.gethostname()}!"


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(os.environ["PORT"]))
