/// Days since 1970-01-01 of a day in the Gregorian calendar; nil for one that does not exist, or before 1970.
///
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`
/// (https://howardhinnant.github.io/date_algorithms.html). Years run from March there, so that the leap day comes last.
func daysSince1970(year: Int, month: Int, day: Int) -> Int64? {
    guard (1970...9999).contains(year), (1...12).contains(month), day >= 1 else { return nil }
    let isLeapYear = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let length = month == 2 ? (isLeapYear ? 29 : 28) : (month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31)
    guard day <= length else { return nil }
    let yearFromMarch = month <= 2 ? year - 1 : year
    let era = yearFromMarch / 400
    let yearOfEra = yearFromMarch - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return Int64(era * 146_097 + dayOfEra - 719_468)
}

/// Milliseconds since midnight UTC; nil for what no clock shows. Second 60 is a leap second, which there is only right
/// before midnight UTC: it becomes the next day's first moment, as POSIX time has it.
func millisecondsOfDay(hour: Int, minute: Int, second: Int, offsetMinutes: Int = 0) -> Int64? {
    guard hour <= 23, minute <= 59, second <= 60 else { return nil }
    let milliseconds = Int64((hour * 60 + minute - offsetMinutes) * 60 + second) * 1000
    if second == 60, milliseconds % 86_400_000 != 0 { return nil }
    return milliseconds
}
