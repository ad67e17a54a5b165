//! Makes seeds for the corpus: the vectors of `apdu-spec`, commands of the storing protocol, packages and approvals.
//!
//! `fuzz/minimise` puts what of them covers something new into `fuzz/corpus`.

use std::fs;
use std::path::Path;

// For the coverage counters that the compiler puts in.
use libfuzzer_sys as _;
use symbolon_fuzz::commands::{all, bytes, sequences};
use symbolon_fuzz::script::{Step, write};
use symbolon_fuzz::stage::stage;

const VECTORS: [&str; 5] = [
    include_str!("../../apdu-spec/vectors/certificates.json"),
    include_str!("../../apdu-spec/vectors/objects.json"),
    include_str!("../../apdu-spec/vectors/packages.json"),
    include_str!("../../apdu-spec/vectors/commands.json"),
    include_str!("../../apdu-spec/vectors/sessions.json"),
];

/// Every string of hexadecimal digits in a vector file under one of these names.
fn collect(value: &serde_json::Value, name: &str, found: &mut Vec<Vec<u8>>) {
    match value {
        serde_json::Value::Object(fields) => {
            for (key, value) in fields {
                if key == name
                    && let Some(text) = value.as_str()
                {
                    found.push(bytes(text));
                }
                collect(value, name, found);
            }
        }
        serde_json::Value::Array(list) => list.iter().for_each(|value| collect(value, name, found)),
        _ => {}
    }
}

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "fuzz/seeds".to_owned());
    let folder = Path::new(&folder);
    let save = |target: &str, seeds: &[Vec<u8>]| -> std::io::Result<()> {
        let folder = folder.join(target);
        fs::create_dir_all(&folder)?;
        for (number, seed) in seeds.iter().enumerate() {
            fs::write(folder.join(format!("seed-{number:04}")), seed)?;
        }
        println!("{target}: {} seeds", seeds.len());
        Ok(())
    };
    let (mut objects, mut commands) = (Vec::new(), Vec::new());
    for text in VECTORS {
        let value: serde_json::Value = serde_json::from_str(text)?;
        collect(&value, "encoded", &mut objects);
        collect(&value, "apdu", &mut commands);
    }
    let codecs = [objects.clone(), commands.clone(), all().to_vec()].concat();
    save("codecs", &codecs)?;
    let script =
        |commands: &[Vec<u8>]| write(&commands.iter().cloned().map(Step::Command).collect::<Vec<_>>());
    let mut scripts: Vec<_> = all().chunks(12).map(script).collect();
    scripts.push(script(&stage().protocol));
    scripts.extend(sequences().iter().map(|commands| script(commands)));
    scripts.extend(commands.chunks(12).map(script));
    save("apdus", &scripts)?;
    let places = (0..64_u8).map(|page| {
        vec![
            page,
            page * 4,
            page.wrapping_mul(37),
            page.wrapping_mul(11),
            page,
            3,
            7,
        ]
    });
    save("flash", &places.collect::<Vec<_>>())?;
    save("packages", &[packages()?, objects].concat())?;
    #[cfg(feature = "parties")]
    save("approvals", &approvals())?;
    Ok(())
}

fn packages() -> std::io::Result<Vec<Vec<u8>>> {
    let mut packages = vec![symbolon_fuzz::stage::package()];
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../packages"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            packages.push(fs::read(path)?);
        }
    }
    Ok(packages)
}

#[cfg(feature = "parties")]
fn approvals() -> Vec<Vec<u8>> {
    let paper = symbolon_fuzz::stage::paper();
    let mut approval =
        parties::approval::Approval::new(&paper.request, &paper.card, &paper.issuer).expect("an approval");
    let mut files = vec![approval.clone()];
    approval.set_provider_certificate(&paper.provider).expect("DPR");
    files.push(approval.clone());
    for evidence in &paper.evidence {
        approval.add_evidence(evidence).expect("evidence");
        files.push(approval.clone());
    }
    files
        .iter()
        .map(|file| file.to_json().expect("JSON").into_bytes())
        .collect()
}
