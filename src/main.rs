//! The command `workflow-schedule-operator`.

/// The allocators of glibc and musl keep what many small objects leave behind: docs/benchmarks.md has the figures.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> std::process::ExitCode {
    workflow_schedule_operator::cli::main()
}
