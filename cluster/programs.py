"""The real programs that images are made of: which Debian packages, what of them, and how each is started."""

from dataclasses import dataclass, field

NGINX = """\
worker_processes 1;
error_log /dev/stderr warn;
pid /run/nginx.pid;
events { worker_connections 256; }
http {
  include /etc/nginx/mime.types;
  access_log off;
  server {
    listen 80;
    root /usr/share/nginx/html;
  }
}
"""


@dataclass
class Program:
    packages: list
    path: str  # of the program, in its package
    command: list
    port: int
    tag: str  # of the image that the demo uses
    trees: list = field(default_factory=list)  # folders that are taken as they are
    files: dict = field(default_factory=dict)  # written into the image
    folders: list = field(default_factory=list)
    modules: str = ""  # shared objects below it are loaded later: their libraries are needed too
    user: str = "0:0"


PROGRAMS = {
    "nginx": Program(
        packages=["nginx", "nginx-common"],
        path="/usr/sbin/nginx",
        command=["nginx", "-g", "daemon off;"],
        port=80,
        tag="1",
        trees=["/usr/share/nginx/html"],
        files={"/etc/nginx/nginx.conf": NGINX, "/etc/nginx/mime.types": None},
        folders=["/var/lib/nginx", "/var/log/nginx"],
    ),
    "redis": Program(
        packages=["redis-server", "redis-tools"],
        path="/usr/bin/redis-server",
        command=["redis-server", "--protected-mode", "no"],
        port=6379,
        tag="7",
        folders=["/data"],
    ),
    "python": Program(
        packages=["python3.11-minimal", "libpython3.11-minimal", "libpython3.11-stdlib"],
        path="/usr/bin/python3.11",
        command=["python3.11", "-m", "http.server", "8000", "--directory", "/usr/lib/python3.11"],
        port=8000,
        tag="3.11",
        trees=["/usr/lib/python3.11"],
        modules="/usr/lib/python3.11/lib-dynload",
        user="65534:65534",
    ),
    "memcached": Program(
        packages=["memcached"],
        path="/usr/bin/memcached",
        command=["memcached", "-u", "nobody"],
        port=11211,
        tag="1.6",
    ),
}
