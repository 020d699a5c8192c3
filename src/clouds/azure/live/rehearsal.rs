//! Containers in memory, for rehearsals.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::BlobApi;
use crate::base::error::{Code, Error, Result};
use crate::base::names::BucketName;
use crate::clouds::azure::ContainerObserved;

/// A storage account without containers.
#[derive(Debug, Default)]
pub struct RehearsalContainers(RefCell<BTreeMap<BucketName, Container>>);

#[derive(Debug)]
struct Container {
    spec: String,
    blobs: BTreeMap<String, String>,
}

impl RehearsalContainers {
    fn within<T>(&self, name: &BucketName, work: impl FnOnce(&mut Container) -> T) -> Result<T> {
        self.0.borrow_mut().get_mut(name).map(work).ok_or_else(|| absent(name.as_str()))
    }
}

fn absent(what: &str) -> Error {
    Error::new(Code::AZURE_CALL_FAILED, format!("`{what}` does not exist"))
}

impl BlobApi for RehearsalContainers {
    async fn container(&self, name: &BucketName) -> Result<ContainerObserved> {
        Ok(match self.0.borrow().get(name) {
            Some(found) => ContainerObserved::There { spec: Some(found.spec.clone()), public: false },
            None => ContainerObserved::Absent,
        })
    }

    async fn create(&self, name: &BucketName, spec: &str) -> Result<()> {
        let container = Container { spec: spec.to_owned(), blobs: BTreeMap::new() };
        let _ = self.0.borrow_mut().insert(name.clone(), container);
        Ok(())
    }

    async fn put(&self, container: &BucketName, blob: &str, body: &str) -> Result<()> {
        self.within(container, |found| found.blobs.insert(blob.to_owned(), body.to_owned())).map(drop)
    }

    async fn get(&self, container: &BucketName, blob: &str) -> Result<String> {
        self.within(container, |found| found.blobs.get(blob).cloned())?.ok_or_else(|| absent(blob))
    }

    async fn lists(&self, container: &BucketName, blob: &str) -> Result<bool> {
        self.within(container, |found| found.blobs.contains_key(blob))
    }

    async fn delete(&self, container: &BucketName, blob: &str) -> Result<()> {
        self.within(container, |found| found.blobs.remove(blob))?.map(drop).ok_or_else(|| absent(blob))
    }
}
