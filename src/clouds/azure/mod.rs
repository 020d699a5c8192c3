//! Azure: the containers of a storage account. Only `live` makes calls.

pub mod live;
