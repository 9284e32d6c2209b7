"""Node provider of Ray's autoscaler: each node is a process group of this machine.

A test may kill a group as a cloud takes back a spot instance. Ray's own provider for tests gives
nodes no memory, so that jobs with `mem_mb` would wait for ever.
"""

import json
import os
import signal
import subprocess
import threading
from pathlib import Path
from typing import Any

from node_names import GROUPS, HEAD_TYPE, node_id
from ray.autoscaler.node_provider import NodeProvider
from ray.autoscaler.tags import (
    NODE_KIND_HEAD,
    STATUS_UP_TO_DATE,
    TAG_RAY_NODE_KIND,
    TAG_RAY_NODE_STATUS,
    TAG_RAY_USER_NODE_TYPE,
)


class NodesHere(NodeProvider):
    """Nodes of one cluster; the autoscaler's process keeps the only instance.

    ``provider_config`` has ``folder``, ``command`` (that starts Ray on a node) and ``environment``.
    """

    def __init__(self, provider_config: dict[str, Any], cluster_name: str) -> None:
        super().__init__(provider_config, cluster_name)
        self._lock = threading.RLock()
        self._processes: dict[str, subprocess.Popen] = {}
        self._tags = {
            node_id(0): {
                TAG_RAY_NODE_KIND: NODE_KIND_HEAD,
                TAG_RAY_USER_NODE_TYPE: HEAD_TYPE,
                TAG_RAY_NODE_STATUS: STATUS_UP_TO_DATE,
            }
        }
        self._groups: list[int] = []

    def non_terminated_nodes(self, tag_filters):
        with self._lock:
            for node, process in list(self._processes.items()):
                if process.poll() is not None:
                    del self._processes[node], self._tags[node]
            wanted = tag_filters.items()
            return [node for node, tags in self._tags.items() if wanted <= tags.items()]

    def is_running(self, node_id):
        return node_id in self._tags

    def is_terminated(self, node_id):
        return node_id not in self._tags

    def node_tags(self, node_id):
        return self._tags[node_id]

    def external_ip(self, node_id):
        return node_id

    def internal_ip(self, node_id):
        return node_id

    def set_node_tags(self, node_id, tags):
        self._tags[node_id].update(tags)

    def create_node_with_resources_and_labels(self, node_config, tags, count, resources, labels):
        with self._lock:
            for _ in range(count):
                self._start(tags)

    def create_node(self, node_config, tags, count):
        self.create_node_with_resources_and_labels(node_config, tags, count, {}, {})

    def _start(self, tags: dict[str, str]) -> None:
        folder = Path(self.provider_config["folder"])
        number = len(self._groups) + 1
        node = node_id(number)
        environment = os.environ | self.provider_config["environment"]
        environment |= {
            "RAY_OVERRIDE_NODE_ID_FOR_TESTING": node,
            "RAY_CLOUD_INSTANCE_ID": node,
            "RAY_NODE_TYPE_NAME": tags[TAG_RAY_USER_NODE_TYPE],
        }
        with (folder / f"node{number}.out").open("wb") as output:
            self._processes[node] = subprocess.Popen(
                [*self.provider_config["command"], f"--temp-dir={folder}/n{number}"],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._tags[node] = {**tags, TAG_RAY_NODE_STATUS: STATUS_UP_TO_DATE}
        self._groups.append(self._processes[node].pid)
        temporary = folder / f"{GROUPS}.new"
        temporary.write_text(json.dumps(self._groups))
        temporary.replace(folder / GROUPS)

    def terminate_node(self, node_id):
        with self._lock:
            process = self._processes.pop(node_id, None)
            self._tags.pop(node_id, None)
        if process is not None:
            os.killpg(process.pid, signal.SIGTERM)

    @staticmethod
    def bootstrap_config(cluster_config):
        return cluster_config
