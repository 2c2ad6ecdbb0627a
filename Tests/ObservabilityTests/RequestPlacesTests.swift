import Observability
import Testing

struct RequestPlacesTests {
  @Test func noMoreAreTakenThanThereAre() {
    let places = RequestPlaces(limit: 10)
    #expect(places.enter() && places.enter(8))
    #expect(!places.enter(2) && !places.enter(.max))
    #expect(places.enter() && !places.enter())
    places.leave(8)
    #expect(places.enter(8) && !places.enter())
  }
}
