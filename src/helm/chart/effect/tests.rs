//! Charts played by a function of the values.

use serde_json::json;

use super::*;

/// Renders a chart that is a function, over the values that are given; counts how often.
fn ask(
    values: &Value,
    suspects: &[&str],
    chart: &dyn Fn(&Value, usize) -> Option<String>,
) -> (BTreeMap<String, Effect>, usize) {
    let mut leaves = Vec::new();
    collect(values, &mut Vec::new(), &mut leaves);
    for leaf in &mut leaves {
        leaf.suspect = suspects.contains(&leaf.path.join(".").as_str());
    }
    let mut count = 0;
    let mut render = |over: &Value| {
        count += 1;
        let mut all = values.clone();
        crate::helm::release::merge(&mut all, over.clone());
        Ok(chart(&all, count))
    };
    let base = chart(values, 0).expect("the base");
    let found = effects(&base, &leaves, &[vec![]], &mut render).expect("effects");
    (leaves.iter().map(|leaf| leaf.path.join(".")).zip(found).collect(), count)
}

fn collect(tree: &Value, path: &mut Vec<String>, found: &mut Vec<Leaf>) {
    match tree.as_object().filter(|entries| !entries.is_empty()) {
        Some(entries) => entries.iter().for_each(|(key, below)| {
            path.push(key.clone());
            collect(below, path, found);
            path.pop();
        }),
        None => found.push(Leaf {
            path: path.clone(),
            value: tree.clone(),
            default: Some(json!("default")),
            suspect: false,
        }),
    }
}

#[test]
fn what_changes_nothing_is_idle_and_few_renders_tell() {
    let mut values = json!({"on": false, "size": 3, "name": "n", "gated": "g", "mode": "other"});
    for number in 0..100 {
        values["nonsense"][format!("k{number}")] = json!(number);
    }
    values["nonsense"]["used"] = json!(true);
    let names: Vec<String> = (0..100).map(|number| format!("nonsense.k{number}")).collect();
    let mut suspects: Vec<&str> = names.iter().map(String::as_str).collect();
    suspects.push("nonsense.used");
    let (found, count) = ask(&values, &suspects, &|all, _| {
        let gated = if all["on"] == true { &all["gated"] } else { &json!(null) };
        let mode = all["mode"] == "default";
        Some(format!("# Source: a\n{}\n{}\n{gated}\n{mode}\n{}\n", all["name"], all["size"], all["nonsense"]["used"]))
    });
    let idle = |(_, effect): &(&String, &Effect)| **effect == Effect::Idle;
    let idle: Vec<&String> = found.iter().filter(idle).map(|(path, _)| path).collect();
    assert_eq!(idle.len(), 101, "{idle:?}");
    assert!(found["gated"] == Effect::Idle && found["nonsense.used"] == Effect::Used);
    for used in ["on", "size", "name", "mode"] {
        assert_eq!(found[used], Effect::Used, "{used}");
    }
    assert!(count < 35, "{count} renders");
}

#[test]
fn what_is_new_each_time_tells_nothing() {
    let values = json!({"name": "n", "idle": "i", "nonsense": true});
    let (found, _) = ask(&values, &["nonsense"], &|all, count| {
        Some(format!("# Source: a\nname: {}\npassword: {count}\nhash: {}\n", all["name"], all.to_string().len()))
    });
    assert_eq!(found["name"], Effect::Used);
    assert_eq!((found["idle"], found["nonsense"]), (Effect::Idle, Effect::Idle));
}

#[test]
fn of_manifests_that_cannot_be_compared_nothing_is_said_but_of_suspects() {
    let values = json!({"idle": "i", "nonsense": true});
    let (found, _) = ask(&values, &["nonsense"], &|_, count| Some(format!("# Source: a\n{}", "line\n".repeat(count))));
    assert_eq!((found["idle"], found["nonsense"]), (Effect::Unknown, Effect::Idle));
}

#[test]
fn a_suspect_beside_which_anything_is_written_out_is_used() {
    let values = json!({"free": {"a": 1}, "other": 1});
    let (found, count) = ask(&values, &["free.a"], &|all, _| {
        let lines = all["free"].as_object()?.iter().map(|(key, value)| format!("{key}: {value}\n"));
        Some(format!("# Source: a\n{}", lines.collect::<String>()))
    });
    assert_eq!((found["free.a"], found["other"]), (Effect::Used, Effect::Idle));
    assert!(count < 6, "{count} renders");
}

#[test]
fn a_refusal_is_an_effect_and_a_chart_may_refuse_unknown_keys() {
    let values = json!({"port": "80", "name": "n", "idle": "i"});
    let (found, _) = ask(&values, &["idle"], &|all, _| {
        let known =
            all.as_object().is_some_and(|all| all.keys().all(|key| ["port", "name", "idle"].contains(&key.as_str())));
        let port: u16 = all["port"].as_str()?.parse().ok()?;
        known.then(|| format!("# Source: a\n{port} {}\n", all["name"]))
    });
    assert_eq!((found["port"], found["name"], found["idle"]), (Effect::Used, Effect::Used, Effect::Idle));
}

#[test]
fn renders_have_an_end() {
    let mut values = json!({});
    for number in 0..200 {
        values[format!("k{number}")] = json!(number);
    }
    let (found, count) = ask(&values, &[], &|all, _| Some(format!("# Source: a\n{all}\n")));
    assert!(count <= MOST_RENDERS, "{count}");
    assert!(found.values().all(|effect| *effect != Effect::Idle));
}
