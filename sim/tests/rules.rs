//! The rules hold, and can be broken.

use handclasp_sim::{Bug, Rule, Run};

/// Enough for each mistake to have its occasion.
const SEEDS: u64 = 60;

fn broken(bug: Bug) -> Vec<Rule> {
    let mut rules: Vec<Rule> = (0..SEEDS)
        .filter_map(|seed| Run::new(seed, None).with_bug(bug).to_end().err())
        .map(|violation| violation.rule)
        .collect();
    rules.sort();
    rules.dedup();
    rules
}

#[test]
fn nothing_is_broken_without_a_mistake() {
    for seed in 0..SEEDS {
        if let Err(violation) = Run::new(seed, None).to_end() {
            panic!("seed {seed}: {violation}");
        }
    }
}

#[test]
fn every_mistake_is_found_by_the_rule_against_it() {
    for bug in Bug::ALL {
        let rule = match bug {
            Bug::LoseMessage | Bug::DoubleMessage => Rule::ExactlyOnce,
            Bug::CandidateOfPast => Rule::CandidateGeneration,
            Bug::CloseChannel => Rule::NoNeedlessRebuild,
            Bug::LoseAnswer => Rule::Agreement,
            Bug::StopClock => Rule::Convergence,
            Bug::Overlap => Rule::LegalOperations,
            Bug::RepeatEvent => Rule::EventGrammar,
        };
        let broken = broken(bug);
        assert!(broken.contains(&rule), "{bug:?} broke {broken:?}");
    }
}

#[test]
fn a_seed_tells_the_same_story_each_time() {
    for seed in 0..20 {
        let tell = || {
            let mut run = Run::new(seed, Some(3)).traced();
            let outcome = run.to_end().expect("sound");
            (outcome, run.take_log())
        };
        let (first, second) = (tell(), tell());
        assert_eq!(first, second, "seed {seed}");
        assert!(first.1.contains("joins as"), "the story is told");
    }
}

#[test]
fn different_seeds_tell_different_stories() {
    let fingerprint = |seed| Run::new(seed, None).to_end().expect("sound").fingerprint;
    assert_ne!(fingerprint(1), fingerprint(2));
}
