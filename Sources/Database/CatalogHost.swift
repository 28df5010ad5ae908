/// A series as the database knows it.
struct CatalogSeries {
    var metric: String
    var instance: String
    var metricID: UInt32
    var id: UInt32
}

/// A host's number and those of its series.
///
/// A host's samples come in the same order at each poll, so a sample is looked for first behind the one before it: two
/// comparisons instead of a hash.
final class CatalogHost {
    let name: ExactName
    let id: UInt32
    /// When the database was last seen to agree.
    var checkedAt: ContinuousClock.Instant
    /// Numbers that series had before somebody deleted them.
    var former: [SeriesName: UInt32] = [:]
    private(set) var series: ContiguousArray<CatalogSeries> = []
    private var places: [SeriesName: Int] = [:]

    init(name: ExactName, id: UInt32, checkedAt: ContinuousClock.Instant) {
        self.name = name
        self.id = id
        self.checkedAt = checkedAt
    }

    func removeAll() {
        series = []
        places = [:]
    }

    func add(_ new: CatalogSeries) {
        places[SeriesName(metric: ExactName(new.metric), instance: ExactName(new.instance))] = series.count
        series.append(new)
    }

    /// The number of a sample's series, nil if it has none yet.
    ///
    /// - Parameter place: where the search begins; left behind the found one. Start with 0 for each poll.
    func number(of sample: SeriesSample, after place: inout Int) -> UInt32? {
        if place < series.count {
            let isNext =
                ExactName.isSame(series[place].metric, sample.metric)
                && ExactName.isSame(series[place].instance, sample.instance)
            if isNext {
                place += 1
                return series[place - 1].id
            }
        }
        guard let found = places[SeriesName(sample)] else { return nil }
        place = found + 1
        return series[found].id
    }

    /// Every series with its number.
    var numbers: [SeriesName: UInt32] { places.mapValues { series[$0].id } }
}

extension SeriesName {
    /// The names as the columns hold them.
    init(_ sample: SeriesSample) {
        metric = ExactName(ShortText.name(of: sample.metric, SeriesCatalog.metricLimit))
        instance = ExactName(ShortText.name(of: sample.instance, SeriesCatalog.instanceLimit))
    }
}
