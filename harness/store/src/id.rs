//! What a pair's id and an operation's name may look like, so that neither can point outside a recording.

/// A longer id is a mistake (a whole URL or body taken for one): it is a line in every report.
pub const ID_BYTES_MAX: usize = 1_024;

/// Why an id or an operation is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The operation is the empty text.
    #[error("the operation is empty")]
    OperationEmpty,
    /// The operation is a path.
    #[error("the operation has a `/` in it")]
    OperationSlash,
    /// The id is not `<operation>/<name>` for the pair's own operation.
    #[error("the id is not the pair's operation, a `/` and a name")]
    NotOfOperation,
    /// Nothing follows the operation.
    #[error("the id has no name after its operation")]
    NameEmpty,
    /// A part of the id, or the operation, is `.` or `..`.
    #[error("the id has a part `.` or `..`")]
    Dots,
    /// A control character in the id or the operation.
    #[error("the id has a control character")]
    Control,
    /// Over [`ID_BYTES_MAX`].
    #[error("the id is longer than {ID_BYTES_MAX} bytes")]
    TooLong,
}

/// Refuses an operation that cannot be the first part of an id.
pub fn check_operation(operation: &str) -> Result<(), IdError> {
    if operation.is_empty() {
        return Err(IdError::OperationEmpty);
    }
    if operation.contains('/') {
        return Err(IdError::OperationSlash);
    }
    check_parts(operation)
}

/// Refuses an id that is not `<operation>/<name>`, or that is dangerous as a path.
pub fn check_id(id: &str, operation: &str) -> Result<(), IdError> {
    check_operation(operation)?;
    let name = id.strip_prefix(operation).and_then(|rest| rest.strip_prefix('/'));
    let name = name.ok_or(IdError::NotOfOperation)?;
    if name.is_empty() {
        return Err(IdError::NameEmpty);
    }
    check_parts(id)
}

fn check_parts(text: &str) -> Result<(), IdError> {
    if text.len() > ID_BYTES_MAX {
        return Err(IdError::TooLong);
    }
    let is_control = if text.is_ascii() {
        text.bytes().any(|byte| byte.is_ascii_control())
    } else {
        text.chars().any(char::is_control)
    };
    if is_control {
        return Err(IdError::Control);
    }
    if text.split(['/', '\\']).any(|part| part == "." || part == "..") {
        return Err(IdError::Dots);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{ID_BYTES_MAX, IdError, check_id};

    fn check(id: &str, operation: &str, expected: Result<(), IdError>) {
        assert_eq!(check_id(id, operation), expected, "{id:?} of {operation:?}");
    }

    #[test]
    fn an_id_is_its_operation_and_a_name() {
        check("crm.contacts.list/acme-0001", "crm.contacts.list", Ok(()));
        check("crm.contacts.list/gid://shop/Order/1", "crm.contacts.list", Ok(()));
        check("crm.contacts.list/日本 語", "crm.contacts.list", Ok(()));
        check("crm.contacts.list/a..b", "crm.contacts.list", Ok(()));
        check("crm.contacts.get/1", "crm.contacts.list", Err(IdError::NotOfOperation));
        check("crm.contacts.list", "crm.contacts.list", Err(IdError::NotOfOperation));
        check("", "crm.contacts.list", Err(IdError::NotOfOperation));
        check("crm.contacts.list/", "crm.contacts.list", Err(IdError::NameEmpty));
    }

    #[test]
    fn an_id_cannot_leave_its_folder() {
        check("/etc/passwd", "", Err(IdError::OperationEmpty));
        check("a/b/c", "a/b", Err(IdError::OperationSlash));
        check("../x", "..", Err(IdError::Dots));
        check("op/../x", "op", Err(IdError::Dots));
        check("op/..", "op", Err(IdError::Dots));
        check("op/x\\..\\y", "op", Err(IdError::Dots));
        check("op/x\n", "op", Err(IdError::Control));
        check("op/x\0", "op", Err(IdError::Control));
    }

    #[test]
    fn the_longest_id_is_accepted_and_one_byte_more_is_not() {
        let longest = format!("op/{}", "x".repeat(ID_BYTES_MAX - 3));
        check(&longest, "op", Ok(()));
        check(&format!("{longest}x"), "op", Err(IdError::TooLong));
    }
}
