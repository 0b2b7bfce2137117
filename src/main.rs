//! The command `workflow-schedule-operator`.

fn main() -> std::process::ExitCode {
    workflow_schedule_operator::cli::main()
}
