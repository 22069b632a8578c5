//! A run of the program that is struck at its n-th call to a provider.

use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use servers::{Fault, Planted, Server};

use crate::handover::Scene;

/// A run that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is looked whether a run has ended.
const LOOK: Duration = Duration::from_millis(5);

/// What happens at the n-th call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blow {
    /// The process is killed; what it asked for is done.
    Killed,
    /// The process is killed; what it asked for is not done.
    KilledBefore,
    /// What it asked for is done, and the answer is lost.
    Lost,
    /// An error comes, and nothing is done.
    Refused,
}

pub const BLOWS: [Blow; 4] = [Blow::Killed, Blow::KilledBefore, Blow::Lost, Blow::Refused];

/// The process that is to be struck, once it is there.
#[derive(Clone, Default)]
pub struct Process(Arc<AtomicU32>);

impl Process {
    /// Kills it. It is reaped by the test, which waits for it.
    pub fn kill(&self) {
        let mut id = self.0.load(Ordering::SeqCst);
        while id == 0 {
            thread::yield_now();
            id = self.0.load(Ordering::SeqCst);
        }
        let killed = Command::new("kill").args(["-9", &id.to_string()]).status();
        assert!(killed.is_ok_and(|status| status.success()), "the process was there");
    }

    /// Runs a command as this process, to its end.
    pub fn run(&self, command: &mut Command) -> ExitStatus {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it was built");
        self.0.store(child.id(), Ordering::SeqCst);
        let began = Instant::now();
        loop {
            if let Some(status) = child.try_wait().expect("it is our child") {
                return status;
            }
            if began.elapsed() > PATIENCE {
                drop(child.kill().and_then(|()| child.wait()));
                panic!("it hangs: {command:?}");
            }
            thread::sleep(LOOK);
        }
    }
}

/// Runs the program; at the n-th call to the server the blow falls. Whether it fell.
pub fn strike(scene: &Scene, server: &Arc<Server>, blow: Blow, number: u64, arguments: &[&str]) -> bool {
    let process = Process::default();
    let before = server.received();
    match blow {
        Blow::Lost => plant_at(server, number, Fault::Reset),
        Blow::Refused | Blow::KilledBefore => plant_at(server, number, Fault::Refused(503)),
        Blow::Killed => {}
    }
    if matches!(blow, Blow::Killed | Blow::KilledBefore) {
        let process = process.clone();
        server.on_request(number, move |_, _| process.kill());
    }
    process.run(&mut scene.project.command(arguments));
    let fell = server.received() - before >= number;
    server.heal();
    server.forget();
    fell
}

fn plant_at(server: &Arc<Server>, number: u64, fault: Fault) {
    match number {
        1 => server.plant(Planted::times(fault, 1)),
        _ => {
            let planted = Arc::clone(server);
            server.on_request(number - 1, move |_, _| planted.plant(Planted::times(fault, 1)));
        }
    }
}
