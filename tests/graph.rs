//! The crate graph: an arrow points only to a lower layer.

use std::collections::BTreeMap;

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Layers of the design; `emptor-datasets` stands beside layer 2, programs on top of everything.
const LAYERS: [(&str, u8); 18] = [
    ("emptor-types", 0),
    ("emptor-chart", 0),
    ("emptor-table", 1),
    ("emptor-lifetime", 1),
    ("emptor-cluster", 1),
    ("emptor-learn", 1),
    ("emptor-statistics", 2),
    ("emptor-rfm", 2),
    ("emptor-datasets", 2),
    ("emptor-forecast", 3),
    ("emptor-core", 4),
    ("emptor-report", 5),
    ("emptor", 6),
    ("emptor-cli", 7),
    ("emptor-examples", 8),
    ("emptor-score-service", 8),
    ("emptor-benches", 8),
    ("emptor-tests", 8),
];

#[test]
fn every_arrow_between_crates_points_to_a_lower_layer() {
    let layers: BTreeMap<&str, u8> = LAYERS.into_iter().collect();
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let metadata = MetadataCommand::new().manifest_path(manifest).no_deps().exec().unwrap();
    let packages = metadata.workspace_packages();
    assert_eq!(packages.len(), LAYERS.len(), "every package has a layer");
    for package in packages {
        let name = package.name.as_str();
        let own = *layers.get(name).unwrap_or_else(|| panic!("{name} has no layer"));
        for dependency in package.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal) {
            if let Some(other) = layers.get(dependency.name.as_str()) {
                assert!(other < &own, "{name} (layer {own}) must not depend on {} (layer {other})", dependency.name);
            }
        }
    }
}

#[test]
fn the_numeric_side_knows_no_polars() {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let metadata = MetadataCommand::new().manifest_path(manifest).no_deps().exec().unwrap();
    for package in metadata.workspace_packages() {
        if ["emptor-types", "emptor-chart", "emptor-lifetime", "emptor-cluster", "emptor-learn", "emptor-statistics"]
            .contains(&package.name.as_str())
        {
            assert!(package.dependencies.iter().all(|d| d.name != "polars"), "{}", package.name);
        }
    }
}
