//! An allocator that wipes memory before it gives it back, so that no secret stays in the buffers of libraries.
//!
//! It is a package of its own because it is the only place with `unsafe` code: the program itself forbids it. `just miri` runs its
//! tests under Miri, which finds undefined behaviour.

use std::alloc::{GlobalAlloc, Layout};
use std::sync::atomic::{Ordering, compiler_fence};

/// Wraps an allocator: what is given back to it holds zeros.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wiping<A>(pub A);

// SAFETY: every call goes to the wrapped allocator with the layout that it was made for. `realloc` is the trait's own: it allocates,
// copies and deallocates, so what was moved away from is wiped too.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Wiping<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps to the contract of `alloc`.
        unsafe { self.0.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps to the contract of `alloc_zeroed`.
        unsafe { self.0.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
        // SAFETY: the caller owns these bytes until the next line gives them back.
        unsafe { wipe(start, layout.size()) };
        // SAFETY: the caller keeps to the contract of `dealloc`.
        unsafe { self.0.dealloc(start, layout) }
    }
}

/// Writes zeros that the compiler may not leave out: word by word, and the bytes before and after them singly.
///
/// # Safety
/// The caller owns `size` bytes from `start` on. They need not hold anything.
#[allow(clippy::cast_ptr_alignment, reason = "`head` has aligned the words")]
unsafe fn wipe(start: *mut u8, size: usize) {
    const WORD: usize = size_of::<usize>();
    let head = start.align_offset(WORD).min(size);
    let words = (size - head) / WORD;
    let byte = |at: usize| {
        // SAFETY: `at` is below `size`.
        unsafe { start.add(at).write_volatile(0) };
    };
    (0..head).for_each(byte);
    for word in 0..words {
        // SAFETY: the word lies within the `size` bytes, and `head` has aligned it.
        unsafe { start.add(head + word * WORD).cast::<usize>().write_volatile(0) };
    }
    (head + words * WORD..size).for_each(byte);
    compiler_fence(Ordering::SeqCst);
}

#[cfg(test)]
mod tests {
    use std::alloc::System;
    use std::cell::RefCell;

    use super::*;

    thread_local! {
        /// What the wrapped allocator found in the memory that it was given back.
        static SEEN: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
    }

    /// Looks into what is given back to it.
    struct Looking;

    // SAFETY: every call goes to the system's allocator.
    unsafe impl GlobalAlloc for Looking {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            // SAFETY: as the caller's.
            unsafe { System.alloc(layout) }
        }

        unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
            // SAFETY: the caller owns these bytes, and `wipe` has written each.
            let bytes = unsafe { std::slice::from_raw_parts(start, layout.size()) };
            SEEN.with_borrow_mut(|seen| seen.push(bytes.to_vec()));
            // SAFETY: as the caller's.
            unsafe { System.dealloc(start, layout) }
        }
    }

    #[test]
    fn every_size_and_alignment_is_wiped() {
        for size in (1..70).chain([4096, 4099]) {
            for align in [1, 2, 8, 16, 64] {
                let layout = Layout::from_size_align(size, align).expect("a layout");
                // SAFETY: the size is not zero; each byte is written before it is given back with the same layout.
                unsafe {
                    let start = Wiping(Looking).alloc(layout);
                    assert!(!start.is_null());
                    start.write_bytes(0xAB, size);
                    Wiping(Looking).dealloc(start, layout);
                }
                assert_eq!(SEEN.take(), [vec![0; size]], "{size} bytes, aligned to {align}");
            }
        }
    }

    #[test]
    fn what_was_moved_away_from_is_wiped_and_memory_that_holds_nothing_too() {
        let layout = Layout::from_size_align(24, 8).expect("a layout");
        // SAFETY: the sizes are not zero; the memory is given back with the layout of its last size.
        unsafe {
            let start = Wiping(Looking).alloc(layout);
            start.write_bytes(0xCD, 24);
            let moved = Wiping(Looking).realloc(start, layout, 100);
            assert_eq!(std::slice::from_raw_parts(moved, 24), [0xCD; 24]);
            assert_eq!(SEEN.take(), [vec![0; 24]]);
            Wiping(Looking).dealloc(moved, Layout::from_size_align(100, 8).expect("a layout"));
        }
        assert_eq!(SEEN.take(), [vec![0; 100]]);
    }
}
