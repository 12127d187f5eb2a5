//! A map for a handful of entries, in the order of their keys.
//!
//! The standard library's `BTreeMap` is made for thousands; each kind of it adds some 8 KiB to the wasm. A room has at most
//! some dozens of members, which a sorted vector holds as well.

/// Entries in the order of their keys, each key once.
#[derive(Debug)]
pub(crate) struct SortedMap<K, V>(Vec<(K, V)>);

impl<K, V> SortedMap<K, V> {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(crate) const fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &K> {
        self.0.iter().map(|(key, _)| key)
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        self.0.iter().map(|(_, value)| value)
    }
}

impl<K: Ord, V> SortedMap<K, V> {
    pub(crate) fn contains_key(&self, key: &K) -> bool {
        self.find(key).is_ok()
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        let index = self.find(key).ok()?;
        Some(&self.0[index].1)
    }

    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let index = self.find(key).ok()?;
        Some(&mut self.0[index].1)
    }

    /// Sets the value of `key`; returns the one that it had.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.find(&key) {
            Ok(index) => Some(core::mem::replace(&mut self.0[index].1, value)),
            Err(index) => {
                self.0.insert(index, (key, value));
                None
            }
        }
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let index = self.find(key).ok()?;
        Some(self.0.remove(index).1)
    }

    /// The value of `key`, which is `new` if it has none.
    pub(crate) fn or_insert_with(&mut self, key: K, new: impl FnOnce() -> V) -> &mut V {
        let index = self.find(&key).unwrap_or_else(|index| {
            self.0.insert(index, (key, new()));
            index
        });
        &mut self.0[index].1
    }

    /// Where the key is, or would be.
    fn find(&self, key: &K) -> Result<usize, usize> {
        self.0.binary_search_by(|(other, _)| other.cmp(key))
    }
}

impl<K, V> Default for SortedMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, V> IntoIterator for SortedMap<K, V> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Copy, Debug)]
    enum Act {
        Insert(u8, u32),
        OrInsert(u8, u32),
        Change(u8, u32),
        Remove(u8),
    }

    /// Few keys, so that most are there already.
    fn act() -> impl Strategy<Value = Act> {
        (0..4u8, 0..12u8, any::<u32>()).prop_map(|(kind, key, value)| match kind {
            0 => Act::Insert(key, value),
            1 => Act::OrInsert(key, value),
            2 => Act::Change(key, value),
            _ => Act::Remove(key),
        })
    }

    proptest! {
        #[test]
        fn it_does_what_a_btree_map_does(acts in proptest::collection::vec(act(), 0..64)) {
            let mut map = SortedMap::default();
            let mut model = BTreeMap::new();
            for act in acts {
                match act {
                    Act::Insert(key, value) => {
                        prop_assert_eq!(map.insert(key, value), model.insert(key, value));
                    }
                    Act::OrInsert(key, value) => {
                        let known = model.entry(key).or_insert_with(|| value);
                        prop_assert_eq!(map.or_insert_with(key, || value), known);
                    }
                    Act::Change(key, value) => {
                        let (mine, known) = (map.get_mut(&key), model.get_mut(&key));
                        prop_assert_eq!(&mine, &known);
                        if let (Some(mine), Some(known)) = (mine, known) {
                            (*mine, *known) = (value, value);
                        }
                    }
                    Act::Remove(key) => prop_assert_eq!(map.remove(&key), model.remove(&key)),
                }
                prop_assert!(map.iter().eq(model.iter()));
                prop_assert!(map.keys().eq(model.keys()) && map.values().eq(model.values()));
                prop_assert_eq!((map.len(), map.is_empty()), (model.len(), model.is_empty()));
                for key in 0..12 {
                    prop_assert_eq!(map.get(&key), model.get(&key));
                    prop_assert_eq!(map.contains_key(&key), model.contains_key(&key));
                }
            }
            prop_assert!(map.into_iter().eq(model));
        }
    }
}
