//! What other recorders wrote becomes exchanges, or is refused with the reason.
