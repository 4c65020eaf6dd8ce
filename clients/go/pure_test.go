package tickwire

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	pb "github.com/tickwire/tickwire/clients/go/tickwire/v1"
)

func TestAddresses(t *testing.T) {
	for text, want := range map[string]string{
		"a:1":                 "a:1",
		" a:1 , b:2,a:1":      "a:1 b:2",
		"[::1]:7070":          "[::1]:7070",
		"127.0.0.1:65535,c:9": "127.0.0.1:65535 c:9",
	} {
		found, err := parseAddresses([]string{text})
		if err != nil || strings.Trim(fmt.Sprint(found), "[]") != strings.Trim(want, "[]") {
			t.Errorf("%q: got %v, %v", text, found, err)
		}
	}
	for _, text := range []string{"", "a", "a:0", "a:65536", ":1", "a:1,", "::1:7070", "[a]:1", "http://a:1", "a b:1"} {
		if found, err := parseAddresses([]string{text}); err == nil {
			t.Errorf("%q: got %v", text, found)
		}
	}
}

func TestAPayloadIsSentAsItIsOrAsJSON(t *testing.T) {
	for _, one := range []struct {
		payload    any
		text, kind string
	}{
		{nil, "", ""},
		{"é", "é", ""},
		{[]byte{1}, "\x01", ""},
		{map[string]any{"a": "<&>"}, `{"a":"<&>"}`, "application/json"},
		{1.5, "1.5", "application/json"},
	} {
		data, kind, err := encodePayload(one.payload)
		if err != nil || string(data) != one.text || kind != one.kind {
			t.Errorf("%v: got %q, %q, %v", one.payload, data, kind, err)
		}
	}
	if _, _, err := encodePayload(func() {}); err == nil {
		t.Error("a function was encoded")
	}
}

func TestTextIsCutBetweenCharacters(t *testing.T) {
	for _, one := range [][2]string{{"aaaaaaaa", "aaaaaaaa"}, {"aaaaaaaaa", "aaaaa…"}, {"aaaaéé", "aaaaéé"}, {"aaaaéééé", "aaaa…"}, {"a\xff", "a\uFFFD"}} {
		if got := cutText(one[0], 8); got != one[1] {
			t.Errorf("%q: got %q", one[0], got)
		}
	}
	if got := cutText(strings.Repeat("€", 5000), errorLimit); len(got) > errorLimit || !utf8.ValidString(got) {
		t.Errorf("got %d bytes", len(got))
	}
}

func TestWaits(t *testing.T) {
	const top = 1 - 1e-9
	for _, one := range []struct{ got, want time.Duration }{
		{reconnectDelay(0, false, top), 100 * time.Millisecond},
		{reconnectDelay(3, false, top), 800 * time.Millisecond},
		{reconnectDelay(50, false, top), 10 * time.Second},
		{reconnectDelay(50, true, top), 2 * time.Second},
		{reconnectDelay(5, true, 0), 0},
		{tryTimeout(0, false), 10 * time.Second},
		{tryTimeout(0, true), 2 * time.Second},
		{tryTimeout(1, true), 4 * time.Second},
		{tryTimeout(60, true), 10 * time.Second},
		{drainDelay(time.Second, 0.5), 1500 * time.Millisecond},
		{drainDelay(-time.Second, 0.5), 0},
		{drainDelay(time.Hour, 0), 5 * time.Minute},
		{RetryOptions{}.wait(1, &Error{RetryAfter: time.Minute}), time.Minute},
	} {
		if one.got < one.want-time.Microsecond || one.got > one.want {
			t.Errorf("got %s, want %s", one.got, one.want)
		}
	}
	for tries := range 100 {
		if got := (RetryOptions{}).wait(tries+1, &Error{}); got > min(100*time.Millisecond<<min(tries, 10), 2*time.Second) {
			t.Errorf("after %d tries: %s", tries+1, got)
		}
	}
}

func TestFramesTakeAMebibyteOrOneItem(t *testing.T) {
	sizes := []int{frameLimit - 1, 1, 1, 2 * frameLimit, 5}
	got := inFrames(sizes, func(n int) int { return n })
	if want := [][]int{{frameLimit - 1, 1}, {1}, {2 * frameLimit}, {5}}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
	if got := inFrames(nil, func(n int) int { return n }); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}

func TestARoundAsksEachOnceAndTheOneThatWasLeftLast(t *testing.T) {
	all := []string{"a", "b", "c"}
	r := &round{}
	r.asked("b")
	r.begin()
	if got := r.rest(all); !slices.Equal(got, []string{"a", "c"}) {
		t.Errorf("got %v", got)
	}
	r.asked("a")
	r.asked("c")
	if got := r.rest(all); !slices.Equal(got, []string{"b"}) {
		t.Errorf("got %v", got)
	}
	r.asked("b")
	if got := r.rest(all); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}

func TestARouteWaitsOnlyWhenAllWereTried(t *testing.T) {
	r := &route{}
	found := []server{{address: "a:1"}, {address: "b:1"}}
	first := r.draw(found)
	if got := r.waitAfterFailure(true); got != 0 || r.failures != 0 {
		t.Errorf("waits %s before a server that was not tried", got)
	}
	if second := r.draw(found); second == first {
		t.Errorf("%s was tried twice", first.address)
	}
	r.tookTooLong()
	r.waitAfterFailure(true)
	if r.failures != 1 || r.timeout(true) != 4*time.Second {
		t.Errorf("after a round: %+v", r)
	}
	r.welcomed()
	if r.failures != 0 || r.timeout(true) != 2*time.Second {
		t.Errorf("after a welcome: %+v", r)
	}
}

func TestANameOfSeveralServersIsSeveral(t *testing.T) {
	answers := []netip.Addr{netip.MustParseAddr("10.0.0.2"), netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")}
	fails := false
	s := newServers(t.Context(), []address{{"name", 1}, {"127.0.0.1", 2}}, func(context.Context, string) ([]netip.Addr, error) {
		if fails {
			return nil, errors.New("no answer")
		}
		return answers, nil
	})
	show := func() string {
		var list []string
		for _, one := range s.look(t.Context()) {
			list = append(list, one.address)
		}
		return strings.Join(list, " ")
	}
	if got := show(); got != "10.0.0.1:1 10.0.0.2:1 127.0.0.1:2" {
		t.Errorf("got %s", got)
	}
	if name := s.known()[0].name; name == nil || name.host != "name" {
		t.Errorf("its name is %v", name)
	}
	fails = true
	if got := show(); got != "10.0.0.1:1 10.0.0.2:1 127.0.0.1:2" {
		t.Errorf("what was true before is forgotten: %s", got)
	}
	fails, answers = false, []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::1")}
	if got := show(); got != "name:1 127.0.0.1:2" {
		t.Errorf("two ways to one server: %s", got)
	}
	s.close()
}

func TestRecentIDsAreGivenOnce(t *testing.T) {
	var r recentIDs
	for n := range recentRuns + 1 {
		if !r.add(fmt.Sprint(n)) {
			t.Fatalf("%d is there already", n)
		}
	}
	if !r.add("0") || r.add("2") || len(r.known) != recentRuns {
		t.Errorf("the oldest is not forgotten, or another is: %d", len(r.known))
	}
}

func TestWhatWasUnsetStaysUnset(t *testing.T) {
	request, err := toScheduleRequest(JobInput{Kind: "k"})
	if err != nil {
		t.Fatal(err)
	}
	if got := request.String(); strings.Contains(got, "policy") || strings.Contains(got, "trigger") || strings.Contains(got, "delay") {
		t.Errorf("got %s", got)
	}
	request, err = toScheduleRequest(JobInput{Kind: "k", Delay: new(time.Duration(0)), Policy: &Policy{JobRetention: new(time.Duration(0))}})
	if err != nil || request.Delay == nil || request.Job.Policy.JobRetention == nil || request.Job.Policy.Timeout != nil {
		t.Errorf("got %v, %v", request, err)
	}
}

func TestAJobThatWasReadCanBeSentBack(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 6_000_000, time.UTC)
	input := JobInput{
		Slug: "a", Kind: "k", Payload: "p", ContentType: "text/plain", Labels: map[string]string{"a": "b"}, Priority: PriorityHigh,
		Trigger: &Trigger{
			Interval:  &IntervalTrigger{Every: time.Minute, Basis: BasisFixedRate, AnchorTime: at},
			StartTime: at, EndTime: at.Add(time.Hour), MaxOccurrences: 3, Jitter: time.Second,
		},
		Policy: &Policy{
			Retry:   &RetryPolicy{MaxAttempts: new(int32(0)), InitialBackoff: new(time.Second), Multiplier: new(1.5), OnExhausted: ExhaustedDead},
			Timeout: new(time.Minute), Misfire: MisfireReplay, MisfireGrace: new(time.Second), MaxReplays: new(int32(5)), RunRetention: new(time.Hour),
		},
	}
	sent, err := toScheduleRequest(input)
	if err != nil {
		t.Fatal(err)
	}
	read := fromWireJob(sent.Job)
	if !reflect.DeepEqual(read.Trigger, input.Trigger) || !reflect.DeepEqual(&read.Policy, input.Policy) || read.Priority != PriorityHigh {
		t.Errorf("read %+v", read)
	}
	sent.Job.Priority = 99
	if read := fromWireJob(sent.Job); read.Priority != "unknown" {
		t.Errorf("read %s", read.Priority)
	}
}

func TestAnUnknownWordIsRefused(t *testing.T) {
	_, err := toScheduleRequest(JobInput{Kind: "k", Priority: "higher"})
	if !errors.Is(err, ErrBadField) {
		t.Errorf("got %v", err)
	}
}

func TestEnumsHaveEveryNumber(t *testing.T) {
	for name, one := range map[string]struct{ ours, theirs int }{
		"JobState":        {len(jobStates), len(pb.JobState_name)},
		"DeadReason":      {len(deadReasons), len(pb.DeadReason_name)},
		"WaitReason":      {len(waitReasons), len(pb.WaitReason_name)},
		"Priority":        {len(priorities), len(pb.Priority_name)},
		"CronDialect":     {len(cronDialects), len(pb.CronDialect_name)},
		"IntervalBasis":   {len(intervalBases), len(pb.IntervalBasis_name)},
		"ExhaustedAction": {len(exhaustedActions), len(pb.ExhaustedAction_name)},
		"MisfirePolicy":   {len(misfirePolicies), len(pb.MisfirePolicy_name)},
		"RunState":        {len(runStates), len(pb.RunState_name)},
		"RunCause":        {len(runCauses), len(pb.RunCause_name)},
		"ConflictPolicy":  {len(conflictPolicies), len(pb.ConflictPolicy_name)},
		"ScheduleOutcome": {len(scheduleOutcomes), len(pb.ScheduleOutcome_name)},
		"View":            {len(views), len(pb.View_name)},
	} {
		if one.ours+1 != one.theirs {
			t.Errorf("%s: %d names for %d numbers", name, one.ours, one.theirs)
		}
	}
	for number, name := range pb.RunState_name {
		if number > 0 && "RUN_STATE_"+strings.ToUpper(string(runStates.name(pb.RunState(number)))) != name {
			t.Errorf("%d is %s", number, name)
		}
	}
}
