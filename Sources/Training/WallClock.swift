import Foundation

/// Seconds since 1970.
func wallClock() -> Double { Date().timeIntervalSince1970 }
