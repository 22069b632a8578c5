//! What is let in, and why no more.

use std::time::Duration;

/// A request's or response's head; servers of providers refuse more than 16 to 64 KiB themselves. A connection's buffer is no
/// longer either.
pub const HEAD_BYTES_MAX: usize = 128 * 1024;
/// Header fields of a head; CDNs and gateways add tens.
pub const HEADERS_MAX: usize = 256;
/// A body that is larger is passed on and not recorded; a page of 200 records with all their fields is a tenth of it.
pub const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;
/// What all that waits to be mirrored or recorded may hold, where the configuration does not say.
pub const MEMORY_BYTES: usize = 64 * 1024 * 1024;
/// Beside a body, a capture holds heads, a ticket and places in queues.
pub const CAPTURE_BYTES: usize = 4 * 1024;
/// Calls to new under way at once, where the configuration does not say: with 50 requests in 10 s an account, more
/// would wait for the provider, not for us.
pub const MIRRORS_MAX: usize = 64;
/// How long new may take for a whole answer, where the configuration does not say.
pub const MIRROR_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection may take to be made.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Idle connections a thread keeps to a side.
pub const IDLE_MAX: usize = 256;
/// Servers close idle connections after a minute or more; one that is about to be closed is not used again.
pub const IDLE_AGE_MAX: Duration = Duration::from_secs(45);
/// How long a caller may take to send a head, from when the connection is open or the last answer was sent.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(120);
/// Streams that one HTTP/2 caller may have open.
pub const STREAMS_MAX: u32 = 256;
/// How long a stop waits for what is under way, where the configuration does not say.
pub const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(15);
/// Pages that a list may have on one side; a longer one is for `record`, which has time.
pub const PAGES_MAX: usize = 200;
