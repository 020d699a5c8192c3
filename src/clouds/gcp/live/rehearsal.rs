//! A project in memory, for rehearsals: what is made is there, and nothing else.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::api::{GoogleApi, GoogleObjects};
use super::removals::{Object, RemovalApi};
use crate::base::names::BucketName;
use crate::base::secret::{AccessKey, Secret};
use crate::clouds::call::{Answer, CallError, Failure};
use crate::clouds::gcp::plan::Resource;
use crate::clouds::trial::Objects;
use crate::model::{KeyState, Use};
use crate::spec::GcpCloud;

/// A project in memory.
#[derive(Debug)]
pub struct RehearsalProject {
    project: String,
    number: String,
    buckets: RefCell<BTreeMap<String, Value>>,
    accounts: RefCell<BTreeMap<String, Value>>,
    policies: RefCell<BTreeMap<Resource, Value>>,
    keys: RefCell<BTreeMap<String, Vec<KeyState>>>,
}

impl RehearsalProject {
    /// An empty project.
    pub fn new(gcp: &GcpCloud) -> Self {
        Self {
            project: gcp.project.to_string(),
            number: gcp.number.as_ref().map_or_else(|| "1".to_owned(), ToString::to_string),
            buckets: RefCell::default(),
            accounts: RefCell::default(),
            policies: RefCell::default(),
            keys: RefCell::default(),
        }
    }
}

impl GoogleApi for RehearsalProject {
    type Objects = RehearsalObjects;

    async fn project(&self) -> Answer<Value> {
        Ok(json!({"name": format!("projects/{}", self.number), "projectId": self.project}))
    }

    async fn bucket(&self, name: &BucketName) -> Answer<Option<Value>> {
        Ok(self.buckets.borrow().get(name.as_str()).cloned())
    }

    async fn create_bucket(&self, body: &Value) -> Answer<()> {
        let name = body["name"].as_str().unwrap_or_default().to_owned();
        let mut bucket = body.clone();
        bucket["metageneration"] = json!("1");
        bucket["projectNumber"] = json!(self.number);
        self.buckets.borrow_mut().insert(name, bucket);
        Ok(())
    }

    async fn patch_bucket(&self, name: &BucketName, _: &str, body: &Value) -> Answer<()> {
        if let (Some(bucket), Some(parts)) = (self.buckets.borrow_mut().get_mut(name.as_str()), body.as_object()) {
            for (key, value) in parts {
                match (key.as_str(), value.as_object()) {
                    // Labels are changed one by one; null removes one.
                    ("labels", Some(labels)) => {
                        for (label, value) in labels {
                            bucket["labels"][label] = value.clone();
                        }
                    }
                    _ => bucket[key] = value.clone(),
                }
            }
        }
        Ok(())
    }

    async fn policy(&self, on: &Resource) -> Answer<Value> {
        Ok(self.policies.borrow().get(on).cloned().unwrap_or_else(|| json!({"etag": "ACAB"})))
    }

    async fn set_policy(&self, on: &Resource, policy: &Value) -> Answer<()> {
        self.policies.borrow_mut().insert(on.clone(), policy.clone());
        Ok(())
    }

    async fn service_account(&self, email: &str) -> Answer<Option<Value>> {
        Ok(self.accounts.borrow().get(email).cloned())
    }

    async fn create_service_account(&self, id: &str, description: &str) -> Answer<()> {
        let email = format!("{id}@{}.iam.gserviceaccount.com", self.project);
        self.accounts.borrow_mut().insert(email.clone(), json!({"email": email, "description": description}));
        Ok(())
    }

    async fn keys(&self, email: &str, _: bool) -> Answer<Vec<KeyState>> {
        Ok(self.keys.borrow().get(email).cloned().unwrap_or_default())
    }

    async fn create_key(&self, email: &str, hmac: bool) -> Answer<AccessKey> {
        let mut keys = self.keys.borrow_mut();
        let keys = keys.entry(email.to_owned()).or_default();
        let id = format!("{}REHEARSAL{}", if hmac { "GOOG1E" } else { "" }, keys.len() + 1);
        keys.push(KeyState { id: id.clone(), active: true, created: 0, used: Use::Unasked });
        let secret = if hmac {
            "REHEARSAL".to_owned()
        } else {
            json!({
                "type": "service_account", "project_id": self.project, "private_key_id": id,
                "private_key": "-----BEGIN PRIVATE KEY-----\nREHEARSAL\n-----END PRIVATE KEY-----\n",
                "client_email": email, "token_uri": "https://oauth2.googleapis.com/token"
            })
            .to_string()
        };
        Ok(AccessKey { id: Secret::new(id), secret: Secret::new(secret) })
    }

    async fn delete_key(&self, email: &str, _: &AccessKey, _: bool) -> Answer<()> {
        self.keys.borrow_mut().remove(email);
        Ok(())
    }

    fn with_key(&self, key: &AccessKey) -> Answer<RehearsalObjects> {
        let holder = self.keys.borrow().iter().find_map(|(email, keys)| {
            keys.iter()
                .any(|there| key.id.is(&Secret::new(there.id.as_str())))
                .then(|| format!("serviceAccount:{email}"))
        });
        let member = |policy: &Value| holder.as_ref().is_some_and(|holder| policy.to_string().contains(holder));
        let policies = self.policies.borrow();
        let reached = policies.iter().filter(|(_, policy)| member(policy)).map(|(resource, _)| resource.clone());
        Ok(RehearsalObjects { reached: reached.collect(), objects: RefCell::default() })
    }
}

impl RemovalApi for RehearsalProject {
    async fn buckets(&self) -> Answer<Vec<Value>> {
        Ok(self.buckets.borrow().values().cloned().collect())
    }

    async fn service_accounts(&self) -> Answer<Vec<Value>> {
        Ok(self.accounts.borrow().values().cloned().collect())
    }

    async fn objects(&self, _: &BucketName) -> Answer<(Vec<Object>, bool)> {
        Ok((Vec::new(), false))
    }

    async fn delete_object(&self, _: &BucketName, _: &Object) -> Answer<()> {
        Ok(())
    }

    async fn delete_bucket(&self, bucket: &BucketName) -> Answer<()> {
        self.buckets.borrow_mut().remove(bucket.as_str());
        self.policies.borrow_mut().remove(&Resource::Bucket(bucket.clone()));
        Ok(())
    }

    async fn delete_service_account(&self, email: &str) -> Answer<()> {
        self.accounts.borrow_mut().remove(email);
        self.keys.borrow_mut().remove(email);
        self.policies.borrow_mut().remove(&Resource::Account(email.to_owned()));
        Ok(())
    }
}

/// Objects in memory, of those buckets that bindings open.
#[derive(Debug)]
pub struct RehearsalObjects {
    reached: Vec<Resource>,
    objects: RefCell<BTreeMap<String, String>>,
}

impl RehearsalObjects {
    fn may(&self, bucket: Option<&BucketName>) -> Answer<()> {
        let reached = |on: &Resource| match (on, bucket) {
            (Resource::Project, _) => true,
            (Resource::Bucket(name), Some(bucket)) => name == bucket,
            _ => false,
        };
        if self.reached.iter().any(reached) {
            return Ok(());
        }
        let resource = bucket.map(ToString::to_string).unwrap_or_default();
        Err(failed(resource, Failure::Denied, "forbidden"))
    }
}

fn failed(resource: String, kind: Failure, code: &str) -> CallError {
    let (code, message) = (code.to_owned(), String::new());
    CallError { call: "storage.objects", resource, kind, code, message, request_id: None }
}

impl GoogleObjects for RehearsalObjects {
    async fn create_bucket(&self, _: &BucketName, _: &str) -> Answer<()> {
        Ok(())
    }

    async fn delete_bucket(&self, _: &BucketName) -> Answer<()> {
        Ok(())
    }
}

impl Objects for RehearsalObjects {
    async fn put(&self, bucket: &BucketName, object: &str, text: &str) -> Answer<()> {
        self.may(Some(bucket))?;
        self.objects.borrow_mut().insert(format!("{bucket}/{object}"), text.to_owned());
        Ok(())
    }

    async fn get(&self, bucket: &BucketName, object: &str) -> Answer<String> {
        self.may(Some(bucket))?;
        let found = self.objects.borrow().get(&format!("{bucket}/{object}")).cloned();
        found.ok_or_else(|| failed(bucket.to_string(), Failure::NotFound, "notFound"))
    }

    async fn list(&self, bucket: &BucketName, prefix: &str) -> Answer<Vec<String>> {
        self.may(Some(bucket))?;
        let of = |place: &String| place.strip_prefix(&format!("{bucket}/")).map(str::to_owned);
        let objects = self.objects.borrow();
        Ok(objects.keys().filter_map(of).filter(|object| object.starts_with(prefix)).collect())
    }

    async fn delete(&self, bucket: &BucketName, object: &str) -> Answer<()> {
        self.may(Some(bucket))?;
        self.objects.borrow_mut().remove(&format!("{bucket}/{object}"));
        Ok(())
    }

    async fn list_all_buckets(&self) -> Answer<Option<()>> {
        self.may(None).map(Some)
    }
}
