//! The command `workflow-schedule-operator`.

/// With many schedules glibc keeps a third more: docs/benchmarks.md has the figures.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> std::process::ExitCode {
    workflow_schedule_operator::cli::main()
}
