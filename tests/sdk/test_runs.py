"""How runs ended, why one failed, and what workers have registered."""

import time

from base import HOURLY, SdkTest, control


class Runs(SdkTest):
    def runs_as(self, workflow):
        """Creates a schedule of a workflow that behaves so, and triggers it: the id of the run."""
        control("PATCH", "settings", {"workflows": {self.name: workflow}})
        self.addCleanup(control, "PATCH", "settings", {"workflows": {self.name: None}})
        self.schedules.schedule_workflow(
            schedule={"input": {}, "intervals": HOURLY}, workflow_identifier=self.name, schedule_id=self.name
        )
        self.schedules.trigger_schedule(schedule_id=self.name)
        return self.schedules.get_schedule(schedule_id=self.name).recent_executions[-1].execution_id

    def listed(self, **query):
        found = self.client.workflows.runs.list_runs(workflow_identifier=self.name, **query)
        while found is not None:
            yield from found.result.executions
            found = found.next()

    def ended(self, **query):
        for _ in range(100):
            runs = list(self.listed(**query))
            if runs:
                return runs
            time.sleep(0.05)
        self.fail("no run has ended")

    def test_a_failed_run_is_listed_and_its_events_say_why(self):
        run = self.runs_as({"outcome": "FAILED", "failure": "no disk", "run_time": "PT0.1S"})
        found = self.ended(status=["FAILED", "TIMED_OUT"], sort_by="end_time", order="asc", page_size=1)
        self.assertEqual([(one.execution_id, one.status) for one in found], [(run, "FAILED")])
        self.assertIsNotNone(found[0].end_time)
        events = self.client.workflows.events.get_workflow_events(workflow_exec_id=run).events
        self.assertEqual(events[-1].attributes.failure.message, "no disk")

    def test_a_run_that_hangs_is_running(self):
        run = self.runs_as({"run_time": "P1D"})
        self.assertEqual([one.execution_id for one in self.listed(status="RUNNING")], [run])

    def test_each_state_is_listed(self):
        for outcome in ["COMPLETED", "TIMED_OUT", "CANCELED", "TERMINATED"]:
            control("PATCH", "settings", {"workflows": {self.name: {"outcome": outcome, "run_time": "PT0.1S"}}})
            name = f"{self.name}-{outcome}"
            self.schedules.schedule_workflow(
                schedule={"input": {}, "intervals": HOURLY}, workflow_identifier=self.name, schedule_id=name
            )
            self.schedules.trigger_schedule(schedule_id=name)
            self.assertEqual(len(self.ended(status=outcome)), 1, outcome)

    def test_registrations_have_the_schema_of_the_input(self):
        schema = {"type": "object", "required": ["region"]}
        control("PATCH", "settings", {"workflows": {self.name: {"input_schema": schema}}})
        self.addCleanup(control, "PATCH", "settings", {"workflows": {self.name: None}})
        found = self.client.workflows.get_workflow_registrations(workflow_name=self.name, active_only=True)
        registrations = found.result.workflow_registrations if hasattr(found, "result") else found.workflow_registrations
        self.assertEqual(registrations[0].definition.input_schema, schema)
