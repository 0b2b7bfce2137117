"""Every call of the schedules API, as it may go wrong."""

import time

import httpx2
from mistralai.client import errors

from base import HOURLY, SdkTest


class Errors(SdkTest):
    def refused(self, status, call, *args, **kwargs):
        with self.assertRaises(errors.MistralError) as caught:
            call(*args, **kwargs)
        self.assertEqual(caught.exception.status_code, status, caught.exception.body)
        return caught.exception

    def test_what_does_not_exist_is_a_404(self):
        for call in [
            self.schedules.get_schedule,
            self.schedules.unschedule_workflow,
            self.schedules.pause_schedule,
            self.schedules.resume_schedule,
            self.schedules.trigger_schedule,
        ]:
            error = self.refused(404, call, schedule_id="nothing")
            self.assertIn("WF_1201", error.body)
        self.refused(404, self.schedules.update_schedule, schedule_id="nothing", schedule={"input": 1})
        self.refused(404, self.client.workflows.executions.get_workflow_execution, execution_id="nothing")

    def test_an_id_that_exists_is_a_409(self):
        self.create("a", intervals=HOURLY)
        self.refused(409, self.create, "a", intervals=HOURLY)

    def test_several_deployments_are_ambiguous(self):
        self.setting(workflows={"report": {"deployments": ["blue", "green"]}})
        self.assertIn("AMBIGUOUS_WORKFLOW", self.refused(409, self.create, "a").body)

    def test_a_validation_error_says_what_and_where(self):
        error = self.refused(422, self.create, "a", jitter="1h")
        self.assertIsInstance(error, errors.HTTPValidationError)
        (issue,) = error.data.detail
        self.assertEqual((issue.type, issue.loc), ("time_delta_parsing", ["body", "schedule", "jitter"]))
        self.assertEqual(issue.input, "1h")
        error = self.refused(422, self.schedules.get_schedules, page_size=0)
        self.assertEqual(error.data.detail[0].loc, ["query", "page_size"])
        error = self.refused(422, self.schedules.schedule_workflow, schedule={"input": None})
        self.assertEqual(error.data.detail[0].type, "value_error")

    def test_a_spec_that_the_engine_refuses_is_a_422_in_its_words(self):
        error = self.refused(422, self.create, "a", cron_expressions=["61 * * * *"])
        self.assertIn("Invalid schedule spec: ", error.body)
        self.create("a", intervals=HOURLY)
        error = self.refused(422, self.schedules.update_schedule, schedule_id="a", schedule={"time_zone_name": "Mars"})
        self.assertIn("unknown time zone Mars", error.body)
        error = self.refused(422, self.schedules.pause_schedule, schedule_id="a", note="n" * 1001)
        self.assertIn("Schedule notes exceeds limit.", error.body)

    def test_a_wrong_key_is_a_401(self):
        error = self.refused(401, self.client_with("wrong").workflows.schedules.get_schedules, page_size=1)
        self.assertEqual(error.body, '{"detail":"Unauthorized"}')

    def test_a_rate_limit_is_waited_for_by_either_header(self):
        self.create("a", intervals=HOURLY)
        for headers in [{"retry_after_ms": 200}, {"retry_after": "0.2"}]:
            self.fault({"kind": "RateLimited", **headers}, operations=["get"], times=2)
            begun = time.monotonic()
            self.assertEqual(self.show("a").schedule_id, "a")
            self.assertGreaterEqual(time.monotonic() - begun, 0.4)
        statuses = [status for operation, status in self.calls() if operation == "get"]
        self.assertEqual(statuses, [429, 429, 200] * 2)

    def test_server_errors_of_all_shapes_are_retried(self):
        self.create("a", intervals=HOURLY)
        for status, body in [(500, "domain"), (502, "html"), (503, "gateway"), (504, "domain")]:
            self.fault({"kind": "Status", "status": status, "body": body}, times=1)
        self.assertEqual(self.show("a").schedule_id, "a")
        statuses = [status for operation, status in self.calls() if operation == "get"]
        self.assertEqual(statuses, [500, 502, 503, 504, 200])

    def test_a_connection_may_close_before_the_effect_or_after_it(self):
        for schedule_id, kind in [("before", "DropBefore"), ("after", "DropAfter")]:
            self.fault({"kind": kind}, operations=["create"], times=1)
            # The SDK does not retry a connection that closes without an answer.
            with self.assertRaises(httpx2.RemoteProtocolError):
                self.create(schedule_id, intervals=HOURLY)
        self.refused(404, self.show, "before")
        self.assertEqual(self.show("after").schedule_id, "after")

    def test_an_error_that_lasts_is_raised(self):
        self.fault({"kind": "Status", "status": 418, "body": "html"})
        error = self.refused(418, self.schedules.get_schedules, page_size=1)
        self.assertIn("<html>", error.body)

    def test_required_encoding_is_a_500_with_its_code(self):
        self.setting(require_encoding=True)
        with self.assertRaises(errors.MistralError) as caught:
            self.schedules.schedule_workflow(
                workflow_identifier="report", schedule_id="a", schedule={"input": {"x": 1}}, retries=None
            )
        self.assertEqual((caught.exception.status_code, "WF_1302" in caught.exception.body), (500, True))
