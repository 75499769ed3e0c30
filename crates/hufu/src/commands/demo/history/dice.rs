//! Dice that fall the same way for the same seed (SplitMix64). For the shape of the past alone: ids are random.

/// Dice.
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

impl Dice {
    /// Those of a seed.
    pub(super) fn of(seed: &[u64]) -> Self {
        let mut dice = Self(0x4875_6675);
        for &part in seed {
            dice.0 ^= part;
            dice.0 = dice.throw();
        }
        dice
    }

    pub(super) fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// 0 to `many - 1`.
    pub(super) fn below(&mut self, many: u32) -> u32 {
        u32::try_from(self.throw() % u64::from(many.max(1))).unwrap_or(0)
    }

    /// From `low` to `high`, more often near `low`.
    pub(super) fn skewed(&mut self, low: u32, high: u32) -> u32 {
        let spread = high.saturating_sub(low).saturating_add(1);
        low + self.below(spread).min(self.below(spread)).min(self.below(spread))
    }

    /// One of a list that is not empty.
    pub(super) fn pick<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        let place = self.below(u32::try_from(list.len()).unwrap_or(u32::MAX));
        list[usize::try_from(place).unwrap_or(0)]
    }

    /// One of several, each as often as its weight says; the last one when all weights are 0.
    pub(super) fn weighted<T: Copy>(&mut self, choices: &[(u32, T)]) -> Option<T> {
        let mut left = self.below(choices.iter().map(|(weight, _)| weight).sum());
        for &(weight, choice) in choices {
            if left < weight {
                return Some(choice);
            }
            left -= weight;
        }
        choices.last().map(|&(_, choice)| choice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_fall_as_the_seed_says_and_within_bounds() {
        let mut dice = Dice::of(&[1, 2]);
        assert_eq!(dice.throw(), Dice::of(&[1, 2]).throw());
        assert_ne!(dice.throw(), Dice::of(&[2, 1]).throw());
        for _ in 0..1000 {
            assert!((5..=9).contains(&dice.skewed(5, 9)));
            assert!(["a", "b"].contains(&dice.pick(&["a", "b"])));
        }
        let often = (0..1000).filter(|_| dice.weighted(&[(9, true), (1, false)]) == Some(true));
        assert!((850..950).contains(&often.count()));
    }
}
