//! What holds of keys in more clouds than one.

mod key_states;
mod rotation;
