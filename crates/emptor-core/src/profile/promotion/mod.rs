//! Promotion: what campaigns brought beyond what would have come anyway.
