//! What the system is told of the proxy: which of its threads stand behind the others, and how large its pages are.

/// A niceness of 10, on a scale from 0 to 99: beside a thread that serves and wants the whole of a core, a tenth of it, enough
/// not to stand still, too little to be felt.
#[cfg(target_os = "linux")]
const BEHIND: u8 = 23;

/// From now on this thread, and those that it starts, get little of a core that others want, and when they are woken up they
/// wait until it is free: redaction and compression cost several times what passing an answer on does, and where both share
/// a core the caller goes first. Only Linux knows it of a thread.
pub fn stand_behind() {
    #[cfg(target_os = "linux")]
    {
        use thread_priority::{
            NormalThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy, set_thread_priority_and_policy,
            thread_native_id,
        };
        let policy = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Batch);
        if let Ok(priority) = ThreadPriority::try_from(BEHIND) {
            // Where it is refused they share the core as before.
            let _ = set_thread_priority_and_policy(thread_native_id(), priority, policy);
        }
    }
}

/// From now on memory is held in small pages: half a body more to be recorded is not two megabytes more of memory, and the
/// bound on what waits is one on what is held. Where the system refuses, it is as before.
pub fn in_small_pages() {
    #[cfg(target_os = "linux")]
    {
        let _ = rustix::thread::disable_transparent_huge_pages(true);
    }
}
