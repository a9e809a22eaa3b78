import Foundation

/// Seconds since 1970.
func wallClock() -> Double { Date().timeIntervalSince1970 }

/// Seconds since some moment, for differences: it never jumps.
func steadyClock() -> Double { ProcessInfo.processInfo.systemUptime }
