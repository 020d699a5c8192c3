//! Containers in memory, for rehearsals.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::BlobApi;
use crate::base::error::Result;
use crate::base::names::BucketName;
use crate::clouds::azure::ContainerObserved;
use crate::clouds::call::{Answer, CallError, Failure};
use crate::clouds::trial::Objects;

/// A storage account without containers.
#[derive(Debug, Default)]
pub struct RehearsalContainers(RefCell<BTreeMap<BucketName, Container>>);

#[derive(Debug)]
struct Container {
    spec: String,
    blobs: BTreeMap<String, String>,
}

impl RehearsalContainers {
    fn within<T>(&self, name: &BucketName, work: impl FnOnce(&mut Container) -> Option<T>) -> Answer<T> {
        let mut containers = self.0.borrow_mut();
        let found = containers.get_mut(name).ok_or_else(|| absent(name, "ContainerNotFound"))?;
        work(found).ok_or_else(|| absent(name, "BlobNotFound"))
    }
}

fn absent(container: &BucketName, code: &str) -> CallError {
    CallError {
        call: "blob",
        resource: container.to_string(),
        kind: Failure::NotFound,
        code: code.to_owned(),
        message: String::new(),
        request_id: None,
    }
}

impl BlobApi for RehearsalContainers {
    async fn container(&self, name: &BucketName) -> Result<ContainerObserved> {
        Ok(match self.0.borrow().get(name) {
            Some(found) => {
                ContainerObserved::There { spec: Some(found.spec.clone()), public: false, policies: Vec::new() }
            }
            None => ContainerObserved::Absent,
        })
    }

    async fn anonymous(&self, _: &BucketName) -> Option<bool> {
        Some(false)
    }

    async fn create(&self, name: &BucketName, spec: &str) -> Result<()> {
        let container = Container { spec: spec.to_owned(), blobs: BTreeMap::new() };
        let _ = self.0.borrow_mut().insert(name.clone(), container);
        Ok(())
    }
}

impl Objects for RehearsalContainers {
    async fn put(&self, container: &BucketName, blob: &str, body: &str) -> Answer<()> {
        self.within(container, |found| Some(found.blobs.insert(blob.to_owned(), body.to_owned()))).map(drop)
    }

    async fn get(&self, container: &BucketName, blob: &str) -> Answer<String> {
        self.within(container, |found| found.blobs.get(blob).cloned())
    }

    async fn list(&self, container: &BucketName, prefix: &str) -> Answer<Vec<String>> {
        self.within(container, |found| {
            Some(found.blobs.keys().filter(|blob| blob.starts_with(prefix)).cloned().collect())
        })
    }

    async fn delete(&self, container: &BucketName, blob: &str) -> Answer<()> {
        self.within(container, |found| found.blobs.remove(blob)).map(drop)
    }
}
