"""A client of the vendor's SDK, in a workspace of its own, against the sandbox at SANDBOX_URL."""

import json
import os
import unittest
import urllib.request

from mistralai.client import Mistral
from mistralai.client.utils import BackoffStrategy, RetryConfig

URL = os.environ["SANDBOX_URL"]
HOURLY = [{"every": "PT1H"}]


def control(method, path, body=None):
    """A request to the control API of the sandbox."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{URL}/sandbox/{path}", data, method=method)
    with urllib.request.urlopen(request) as response:
        return json.loads(response.read() or "null")


class SdkTest(unittest.TestCase):
    """Each test has a key, a principal and a workspace of its own, called like the test."""

    def setUp(self):
        self.name = self.id().rsplit(".", 1)[-1]
        key = {"principal": self.name, "workspace": self.name}
        control("PATCH", "settings", {"keys": {self.name: key}})
        self.addCleanup(control, "DELETE", "faults")
        self.client = self.client_with(self.name)
        self.schedules = self.client.workflows.schedules

    @staticmethod
    def client_with(key):
        quick = BackoffStrategy(initial_interval=1, max_interval=10, exponent=1.5, max_elapsed_time=20_000)
        quick.jitter_ms = 0
        retries = RetryConfig("backoff", quick, retry_connection_errors=True)
        return Mistral(api_key=key, server_url=URL, retry_config=retries, timeout_ms=10_000)

    def fault(self, fault, **rule):
        """Adds a fault for this test's calls."""
        control("POST", "faults", {"principal": self.name, "fault": fault, **rule})

    def setting(self, **settings):
        """Changes settings until the test ends; a null gives them their defaults again."""
        control("PATCH", "settings", settings)
        self.addCleanup(control, "PATCH", "settings", dict.fromkeys(settings))

    def calls(self):
        """The operations that this test has called, with the statuses of their answers."""
        calls = control("GET", "calls")["calls"]
        return [(call["operation"], call["status"]) for call in calls if call["principal"] == self.name]

    def create(self, schedule_id, **schedule):
        schedule = {"input": None, **schedule}
        return self.schedules.schedule_workflow(
            workflow_identifier="report", schedule_id=schedule_id, schedule=schedule
        )

    def show(self, schedule_id):
        return self.schedules.get_schedule(schedule_id=schedule_id)

