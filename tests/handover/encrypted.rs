//! A file of support that is encrypted is never taken as it is, nor written decrypted: another program decrypts it into standard input.

use std::io::Write;
use std::process::{Command, Stdio};

use servers::oauth::ROTATING;
use servers::{Credentials, Link};

use super::{NANGO, Scene};
use crate::data;

/// Runs GnuPG without a key ring of anybody's.
fn gpg(scene: &Scene, arguments: &[&str], input: &[u8]) -> Option<Vec<u8>> {
    let home = scene.project.path("gnupg");
    std::fs::create_dir_all(&home).expect("the project can be written");
    let mut command = Command::new("gpg");
    command.arg("--homedir").arg(&home).args(["--batch", "--quiet", "--pinentry-mode", "loopback"]);
    command.args(["--passphrase", "between us"]).args(arguments);
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => {
            data::report(&format!("NOT RUN: gpg: {error}"));
            return None;
        }
    };
    child.stdin.take().expect("it is piped").write_all(input).expect("gpg reads");
    let output = child.wait_with_output().expect("gpg ends");
    assert!(output.status.success(), "gpg {arguments:?}");
    Some(output.stdout)
}

#[test]
fn what_gpg_encrypted_is_refused_as_a_file_and_taken_from_standard_input_decrypted() {
    let scene = Scene::new("encrypted", &NANGO, ROTATING, &Link::many(1, "hubspot"));
    scene.pass_the_gate();
    let text = scene.shared.links(|links| match &links.legacy["acct-0001"].credentials {
        Credentials::OAuth2 { access, refresh: Some(refresh), .. } => {
            format!("account,access_token,refresh_token\nacct-0001,{access},{refresh}\n")
        }
        _ => unreachable!("it has a grant"),
    });
    for armour in [&["--armor"][..], &[]] {
        let Some(encrypted) = gpg(&scene, &[armour, &["--symmetric"]].concat(), text.as_bytes()) else {
            return;
        };
        scene.project.write("export.csv.gpg", &encrypted);
        let from_file = ["tokens", "transfer", "--yes", "--legacy-ended", "--file", "export.csv.gpg"];
        let run = scene.project.run(&from_file);
        assert_eq!(run.code, 2, "{}", run.stderr);
        assert!(run.stderr.contains("it is encrypted"), "{}", run.stderr);
        assert!(
            run.stderr.contains("gpg -d FILE | cutover tokens transfer --yes --file -"),
            "{}",
            run.stderr
        );
    }
    let encrypted = std::fs::read(scene.project.path("export.csv.gpg")).expect("it was written");
    let decrypted = gpg(&scene, &["--decrypt"], &encrypted).expect("it ran a moment ago");
    let mut command =
        scene.project.command(&["tokens", "transfer", "--yes", "--legacy-ended", "--file", "-"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it was built");
    child.stdin.take().expect("it is piped").write_all(&decrypted).expect("the program reads");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(scene.totals(), serde_json::json!({"complete": 1}));
}
