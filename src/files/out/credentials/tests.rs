//! Kept keys: through rotations, in two worlds, of two accounts.

use super::*;
use crate::base::names::{AccountId, IamNameKind};

#[test]
fn a_rotation_never_leaves_a_working_key_out() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = Folder::open(place.path(), None, World::Real).expect("a folder");
    let user = IamName::parse(IamNameKind::User, "acme").expect("name");
    let key = |id: &str| AccessKey { id: Secret::new(id), secret: Secret::new(format!("secret of {id}")) };
    folder.keep_key(&user, &key("one")).expect("kept");
    folder.keep_next(&user, &key("two")).expect("kept");
    let kept = folder.kept(&user).expect("read").expect("there");
    assert_eq!((kept.current_id().as_str(), kept.next_id().as_deref()), ("one", Some("two")));
    folder.promote_next(&user).expect("promoted");
    folder.promote_next(&user).expect("a second time changes nothing");
    let kept = folder.kept(&user).expect("read").expect("there");
    assert_eq!((kept.current_id().as_str(), kept.previous_id().as_deref()), ("two", Some("one")));
    assert_eq!(kept.previous.expect("there").secret.expose(), "secret of one");
    // The successor was switched off: its predecessor is in use, and it is kept.
    let back = HeldKeys { current: Some("one".to_owned()), next: None, previous: Some("two".to_owned()) };
    folder.arrange(&user, &back).expect("arranged");
    assert_eq!(folder.kept(&user).expect("read").expect("there").held(), back);
    folder.arrange(&user, &HeldKeys { current: Some("never".to_owned()), ..back.clone() }).expect("left alone");
    assert_eq!(folder.kept(&user).expect("read").expect("there").held(), back);
    let room = folder.room_for_key(&user, &["two".to_owned()]).expect("room");
    room.keep(&key("three")).expect("kept");
    let kept = folder.kept(&user).expect("read").expect("there");
    assert_eq!((kept.current_id().as_str(), kept.previous_id().as_deref()), ("three", Some("two")));
    let back = KeptKeys { previous: Some(key("one")), ..KeptKeys::fresh(&key("two"), None) };
    folder.keep(&user, &back).expect("kept");
    folder.forget_key(&user, "one").expect("forgotten");
    assert_eq!(folder.kept(&user).expect("read").expect("there").ids(), ["two"]);
    folder.forget_key(&user, "two").expect("forgotten");
    assert!(folder.kept(&user).expect("read").is_none());
}

#[test]
fn keys_of_two_worlds_never_meet() {
    let place = tempfile::tempdir().expect("a folder");
    let out = place.path().join("out");
    let user = IamName::parse(IamNameKind::User, "acme").expect("name");
    let key = |id: &str| AccessKey { id: Secret::new(id), secret: Secret::new("hush") };
    let real = Folder::open(&out, None, World::Real).expect("a folder");
    real.keep_key(&user, &key("AKIAIOSFODNN7EXAMPLE")).expect("kept");
    let refused = |world| Folder::open(&out, None, world).expect_err("another world").code().clone();
    assert_eq!(refused(World::Rehearsed), Code::NOT_A_REHEARSAL);
    // Whoever copies a rehearsal's key here, with or without its first line, has copied no key.
    for id in ["AKIAREHEARSAL0000001", "GOOG1EREHEARSAL1", "REHEARSAL"] {
        real.keep_key(&user, &key(id)).expect("kept");
        assert_eq!(*real.kept(&user).expect_err(id).code(), Code::REHEARSED_KEY);
    }
    // The same beside a real one.
    real.keep_key(&user, &key("AKIAIOSFODNN7EXAMPLE")).expect("kept");
    real.keep(&user, &KeptKeys { previous: Some(key("AKIAREHEARSAL0000001")), ..KeptKeys::fresh(&key("A"), None) })
        .expect("kept");
    assert_eq!(*real.kept(&user).expect_err("beside").code(), Code::REHEARSED_KEY);
    let rehearsed = Folder::open(place.path().join("other"), None, World::Rehearsed).expect("a folder");
    rehearsed.keep_key(&user, &key("AKIAIOSFODNN7EXAMPLE")).expect("kept");
    // What the banner says counts for a rehearsal: the key is below it.
    assert!(rehearsed.kept(&user).expect("read").is_some());
}

#[test]
fn a_key_of_another_account_is_never_written_over() {
    let place = tempfile::tempdir().expect("a folder");
    let user = IamName::parse(IamNameKind::User, "acme").expect("name");
    let key = |id: &str| AccessKey { id: Secret::new(id), secret: Secret::new("hush") };
    let unsaid = Folder::open(place.path(), None, World::Real).expect("a folder");
    let of = |id: &str| unsaid.clone().at_home(Some(Home::account(&AccountId::parse(id).expect("an account"))));
    let (ours, theirs) = (of("111111111111"), of("222222222222"));
    // A file of before is taken for what it says, and completed; what may be another account's is set aside.
    unsaid.keep_key(&user, &key("one")).expect("kept");
    let held = ours.kept(&user).expect("read").expect("there").held();
    ours.arrange(&user, &held).expect("completed");
    assert_eq!(*theirs.kept(&user).expect_err("another account").code(), Code::OTHER_HOME);
    for refused in [
        theirs.keep_next(&user, &key("two")),
        theirs.promote_next(&user),
        theirs.forget_key(&user, "one"),
        theirs.arrange(&user, &held),
        theirs.room_for_key(&user, &[]).map(drop),
    ] {
        assert_eq!(*refused.expect_err("another account").code(), Code::OTHER_HOME);
    }
    // Where nobody knows the account, the file keeps saying it.
    unsaid.keep_next(&user, &key("two")).expect("kept");
    unsaid.promote_next(&user).expect("promoted");
    assert!(theirs.kept(&user).is_err() && ours.kept(&user).is_ok());
    private::remove(&unsaid.key_path(&user)).expect("removed");
    unsaid.keep_key(&user, &key("one")).expect("kept");
    theirs.room_for_key(&user, &[]).expect("room").keep(&key("three")).expect("kept");
    let aside = place.path().join("credentials/acme.old-1.yaml");
    assert!(std::fs::read_to_string(aside).expect("set aside").contains("one"));
    assert_eq!(theirs.kept(&user).expect("read").expect("there").ids(), ["three"]);
}

#[test]
fn keys_may_lie_in_a_folder_of_their_own() {
    let place = tempfile::tempdir().expect("a folder");
    let user = IamName::parse(IamNameKind::User, "acme").expect("name");
    let keys = place.path().join("keys");
    let key = AccessKey { id: Secret::new("one"), secret: Secret::new("hush") };
    let folder = |out: &str| Folder::open(place.path().join(out), Some(keys.clone()), World::Real).expect("a folder");
    folder("first").keep_key(&user, &key).expect("kept");
    assert_eq!(folder("second").kept(&user).expect("read").expect("there").current_id(), "one");
    assert!(std::fs::read_to_string(keys.join(".gitignore")).expect("rules").lines().any(|line| line == "*"));
    assert!(!place.path().join("first").exists());
}

#[test]
fn a_key_is_unproven_until_a_proof_passes() {
    let place = tempfile::tempdir().expect("a folder");
    let user = IamName::parse(IamNameKind::User, "acme").expect("name");
    let key = |id: &str| AccessKey { id: Secret::new(id), secret: Secret::new("hush") };
    let folder = Folder::open(place.path(), None, World::Real).expect("a folder");
    let unproven = || folder.kept(&user).expect("read").expect("there").is_unproven();
    folder.room_for_key(&user, &[]).expect("room").keep(&key("one")).expect("kept");
    assert!(unproven());
    folder.keep_proven(&user).expect("proven");
    assert!(!unproven());
    folder.keep_next(&user, &key("two")).expect("kept");
    assert!(!unproven(), "the key in use is another");
    folder.promote_next(&user).expect("promoted");
    assert!(!unproven(), "a successor is promoted by its proof");
    // What was not proven stays so, in whatever part.
    folder.room_for_key(&user, &["two".to_owned()]).expect("room").keep(&key("three")).expect("kept");
    assert!(unproven());
    let held = |current: &str, previous: &str| HeldKeys {
        current: Some(current.to_owned()),
        next: None,
        previous: Some(previous.to_owned()),
    };
    folder.arrange(&user, &held("two", "three")).expect("arranged");
    assert!(!unproven());
    folder.arrange(&user, &held("three", "two")).expect("arranged");
    assert!(unproven());
    // A successor that is left alone has not been proven either.
    folder.keep_proven(&user).expect("proven");
    folder.keep_next(&user, &key("four")).expect("kept");
    folder.forget_key(&user, "three").expect("forgotten");
    assert!(unproven());
    // A file from before this was written down holds what was in use.
    std::fs::write(place.path().join("credentials/acme.yaml"), "accessKeyId: one\nsecretAccessKey: hush\n")
        .expect("written");
    assert!(!unproven());
}

#[test]
fn a_file_of_another_user_is_never_taken() {
    let place = tempfile::tempdir().expect("a folder");
    let [one, two] = ["one", "two"].map(|name| IamName::parse(IamNameKind::User, name).expect("name"));
    let key = |id: &str| AccessKey { id: Secret::new(id), secret: Secret::new("hush") };
    let folder = Folder::open(place.path(), None, World::Real).expect("a folder");
    folder.keep_key(&one, &key("A")).expect("kept");
    let path = |name: &str| place.path().join(format!("credentials/{name}.yaml"));
    std::fs::rename(path("one"), path("two")).expect("moved");
    let before = std::fs::read(path("two")).expect("there");
    for refused in [
        folder.kept(&two).map(drop),
        folder.keep_next(&two, &key("B")),
        folder.keep_proven(&two),
        folder.forget_key(&two, "A"),
        folder.room_for_key(&two, &[]).map(drop),
    ] {
        assert_eq!(*refused.expect_err("another user's").code(), Code::OTHER_USERS_KEY);
    }
    assert_eq!(std::fs::read(path("two")).expect("there"), before);
    // One of before this was written down goes on working. What may be another's is set aside before a key takes its place.
    let old = "accessKeyId: A\nsecretAccessKey: hush\naccount: '012345678901'\n";
    std::fs::write(path("two"), old).expect("written");
    assert_eq!(folder.kept(&two).expect("read").expect("there").ids(), ["A"]);
    folder.room_for_key(&two, &[]).expect("room").keep(&key("B")).expect("kept");
    assert_eq!(std::fs::read_to_string(path("two.old-1")).expect("set aside"), old);
}
