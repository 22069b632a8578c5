//! The one test binary: the program from outside, on the sample and on real data.

mod data;
mod conformance;
mod mapping;
mod tidy;
mod real;
mod leaks;
mod live;
mod fuzz;
mod segments;
mod gates;
mod inventory;
mod serve;
mod handover;
mod demo;
