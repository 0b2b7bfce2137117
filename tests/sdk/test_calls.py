"""Every call of the schedules API, as it should go."""

import asyncio
from datetime import datetime, timezone

from mistralai.client import models

from base import HOURLY, SdkTest, control


class Calls(SdkTest):
    def test_create_and_get_a_schedule_with_every_field(self):
        schedule = models.ScheduleDefinition(
            input={"to": "board"},
            calendars=[
                models.ScheduleCalendar(
                    hour=[models.ScheduleRange(start=9)],
                    day_of_week=[models.ScheduleRange(start=1, end=5)],
                    comment="work",
                )
            ],
            intervals=[models.ScheduleInterval(every="PT36H", offset="PT30M")],
            cron_expressions=["0 17 * * 5"],
            skip=[models.ScheduleCalendar(month=[models.ScheduleRange(start=12)])],
            start_at=datetime(2031, 1, 1, tzinfo=timezone.utc),
            end_at=datetime(2032, 1, 1, tzinfo=timezone.utc),
            jitter="PT90S",
            time_zone_name="Europe/Paris",
            policy=models.SchedulePolicy(catchup_window_seconds=60, overlap=3, pause_on_failure=True),
            max_executions=3,
        )
        created = self.schedules.schedule_workflow(
            schedule=schedule, workflow_identifier="report", schedule_id="all", deployment_name="production"
        )
        self.assertEqual(created.schedule_id, "all")

        shown = self.show("all")
        self.assertEqual((shown.schedule_id, shown.workflow_name), ("all", "report"))
        self.assertEqual(shown.deployment_name, "production")
        self.assertEqual((shown.paused, shown.note, shown.input), (False, None, {"to": "board"}))
        self.assertEqual(shown.cron_expressions, [])
        self.assertEqual([calendar.hour[0].start for calendar in shown.calendars], [9, 17])
        self.assertEqual(shown.calendars[0].comment, "work")
        self.assertEqual((shown.intervals[0].every, shown.intervals[0].offset), ("P1DT12H", "PT30M"))
        self.assertEqual(shown.skip[0].month[0].end, 12)
        self.assertEqual((shown.start_at, shown.end_at), (schedule.start_at, schedule.end_at))
        self.assertEqual((shown.jitter, shown.time_zone_name), ("PT1M30S", "Europe/Paris"))
        self.assertEqual(shown.policy, schedule.policy)
        self.assertEqual(shown.remaining_executions, 3)
        self.assertEqual(len(shown.future_executions), 3)
        self.assertGreaterEqual(shown.future_executions[0].scheduled_at, schedule.start_at)
        self.assertEqual(shown.recent_executions, [])

    def test_create_without_an_id_and_by_registration(self):
        created = self.schedules.schedule_workflow(
            schedule={"input": None}, workflow_registration_id="0190d8a0-0000-7000-8000-000000000001"
        )
        self.assertEqual(self.show(created.schedule_id).workflow_name, "0190d8a0-0000-7000-8000-000000000001")

    def test_update_changes_what_is_sent_and_keeps_the_rest(self):
        self.create("a", intervals=HOURLY, max_executions=5)
        patch = models.PartialScheduleDefinition(input={"x": 2}, jitter="PT5S")
        self.assertEqual(self.schedules.update_schedule(schedule_id="a", schedule=patch).schedule_id, "a")
        shown = self.show("a")
        self.assertEqual((shown.input, shown.jitter, shown.intervals[0].every), ({"x": 2}, "PT5S", "PT1H"))
        self.schedules.update_schedule(schedule_id="a", schedule={"max_executions": None, "jitter": None})
        shown = self.show("a")
        self.assertEqual((shown.remaining_executions, shown.jitter), (None, None))

    def test_update_of_crons_alone_adds_them(self):
        self.create("a", cron_expressions=["0 9 * * *"])
        self.schedules.update_schedule(schedule_id="a", schedule={"cron_expressions": ["0 10 * * *"]})
        self.assertEqual([calendar.hour[0].start for calendar in self.show("a").calendars], [9, 10])

    def test_pause_and_resume_with_and_without_a_note(self):
        self.create("a", intervals=HOURLY)
        self.schedules.pause_schedule(schedule_id="a", note="stop")
        self.assertEqual((self.show("a").paused, self.show("a").note), (True, "stop"))
        self.schedules.resume_schedule(schedule_id="a", note="go")
        self.assertEqual((self.show("a").paused, self.show("a").note), (False, "go"))
        self.schedules.pause_schedule(schedule_id="a")
        self.assertTrue(self.show("a").paused)
        self.schedules.resume_schedule(schedule_id="a")
        self.assertFalse(self.show("a").paused)

    def test_trigger_starts_an_execution_that_can_be_looked_at(self):
        self.create("a", intervals=HOURLY)
        self.schedules.trigger_schedule(schedule_id="a")
        self.schedules.trigger_schedule(schedule_id="a", overlap=1)
        recent = self.show("a").recent_executions
        self.assertEqual(len(recent), 1, "the second is skipped while the first is running")
        execution = self.client.workflows.executions.get_workflow_execution(execution_id=recent[0].execution_id)
        self.assertEqual((execution.workflow_name, execution.status), ("report", "RUNNING"))
        self.assertEqual(execution.start_time, recent[0].started_at)
        self.assertIsNone(execution.end_time)

    def test_a_schedule_fires_and_its_executions_end(self):
        self.create("a", intervals=HOURLY, max_executions=3)
        control("POST", "clock", {"advance": "PT2H"})
        shown = self.show("a")
        self.assertEqual((len(shown.recent_executions), shown.remaining_executions), (2, 1))
        execution_id = shown.recent_executions[0].execution_id
        execution = self.client.workflows.executions.get_workflow_execution(execution_id=execution_id)
        self.assertEqual(execution.status, "COMPLETED")
        self.assertGreater(execution.end_time, execution.start_time)

    def test_unschedule(self):
        self.create("a", intervals=HOURLY)
        self.assertIsNone(self.schedules.unschedule_workflow(schedule_id="a"))
        self.assertEqual(self.schedules.get_schedules(page_size=10).result.schedules, [])

    def test_whoami_workflow_and_deployments(self):
        security = models.UsersAPIWhoamiSecurity(bearer_user_context_auth=self.name)
        identity = self.client.beta.users.whoami(security=security)
        self.assertEqual(identity.principal.service_account_id, self.name)
        self.assertEqual(identity.workspace.id, self.name)
        workflow = self.client.workflows.get_workflow(workflow_identifier="report").workflow
        self.assertEqual((workflow.name, workflow.active, workflow.archived), ("report", True, False))
        self.setting(workflows={"report": {"deployments": ["blue", "green"]}})
        deployments = self.client.workflows.deployments.list_deployments(workflow_name="report").deployments
        self.assertEqual([deployment.name for deployment in deployments], ["blue", "green"])
        self.assertTrue(all(deployment.is_active for deployment in deployments))

    def test_every_call_has_an_async_twin(self):
        async def all_of_them():
            schedules = self.schedules
            await schedules.schedule_workflow_async(
                workflow_identifier="report", schedule_id="a", schedule={"input": 1, "intervals": HOURLY}
            )
            await schedules.update_schedule_async(schedule_id="a", schedule={"input": 2})
            await schedules.pause_schedule_async(schedule_id="a")
            await schedules.resume_schedule_async(schedule_id="a")
            await schedules.trigger_schedule_async(schedule_id="a")
            shown = await schedules.get_schedule_async(schedule_id="a")
            self.assertEqual((shown.input, len(shown.recent_executions)), (2, 1))
            page = await schedules.get_schedules_async(page_size=1)
            self.assertEqual([entry.schedule_id for entry in page.result.schedules], ["a"])
            self.assertEqual((await page.next()).result.schedules, [])
            await schedules.unschedule_workflow_async(schedule_id="a")

        asyncio.run(all_of_them())
        operations = [operation for operation, _ in self.calls()]
        expected = ["create", "patch", "pause", "resume", "trigger", "get", "list", "list", "delete"]
        self.assertEqual(operations, expected)


class Paging(SdkTest):
    def create_some(self, count):
        for number in range(count):
            self.create(f"s{number}", intervals=HOURLY)

    def pages(self, **query):
        pages = []
        page = self.schedules.get_schedules(**query)
        while page is not None:
            pages.append([entry.schedule_id for entry in page.result.schedules])
            page = page.next()
        return pages

    def test_pages_follow_each_other_newest_first(self):
        self.create_some(7)
        self.assertEqual(self.pages(page_size=2), [["s6", "s5"], ["s4", "s3"], ["s2", "s1"], ["s0"]])

    def test_a_full_last_page_leads_to_an_empty_one(self):
        self.create_some(4)
        self.assertEqual(self.pages(page_size=2), [["s3", "s2"], ["s1", "s0"], []])

    def test_without_a_page_size_all_come_at_once(self):
        self.create_some(3)
        self.assertEqual(self.pages(), [["s2", "s1", "s0"]])

    def test_filters(self):
        self.create_some(3)
        self.schedules.pause_schedule(schedule_id="s1")
        self.assertEqual(self.pages(status="paused", page_size=10), [["s1"]])
        self.assertEqual(self.pages(status="active", page_size=10), [["s2", "s0"]])
        self.assertEqual(self.pages(workflow_name="other", page_size=10), [[]])
        self.assertEqual(self.pages(search="rep", user_id="current", page_size=10), [["s2", "s1", "s0"]])
