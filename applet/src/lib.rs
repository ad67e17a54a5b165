#![no_std]
#![doc = "stub"]
