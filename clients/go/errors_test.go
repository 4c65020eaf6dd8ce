package tickwire

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

// documented are the server's reasons and their codes, as docs/errors.md lists them.
func documented(t *testing.T) map[string]string {
	text, err := os.ReadFile(filepath.FromSlash("../../docs/errors.md"))
	if err != nil {
		t.Skipf("only in the repository: %v", err)
	}
	rows := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\| ([A-Z_]+) \\|").FindAllStringSubmatch(string(text), -1) {
		rows[row[1]] = row[2]
	}
	if len(rows) < 20 {
		t.Fatalf("docs/errors.md lists %d reasons", len(rows))
	}
	return rows
}

// exported are this package's Err variables by the reason that each names in its source.
func exported(t *testing.T) map[string]string {
	file, err := parser.ParseFile(token.NewFileSet(), "errors.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		call, ok := spec.Values[0].(*ast.CallExpr)
		if !ok || fmt.Sprint(call.Fun) != "reasonError" {
			return true
		}
		reason, err := strconv.Unquote(call.Args[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		names[reason] = spec.Names[0].Name
		return true
	})
	return names
}

func TestEveryReasonOfTheServerHasItsVariable(t *testing.T) {
	names := exported(t)
	rows := documented(t)
	for reason, code := range rows {
		if names[reason] == "" {
			t.Errorf("%s has no variable", reason)
		}
		if !slices.Contains(codeNames[:], code) {
			t.Errorf("%s has the unknown code %s", reason, code)
		}
	}
	for reason, name := range names {
		local := []string{"UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED", "CLIENT_CLOSED"}
		if rows[reason] == "" && !slices.Contains(local, reason) {
			t.Errorf("%s is of no server", name)
		}
	}
}

func TestAnErrorIsItsReasonAndNoOther(t *testing.T) {
	err := error(fromCallError(refusal(codes.NotFound, "JOB_NOT_FOUND")))
	wrapped := fmt.Errorf("reading: %w", err)
	if !errors.Is(wrapped, ErrJobNotFound) || errors.Is(wrapped, ErrKindNotFound) {
		t.Errorf("%v is not the reason that it is", wrapped)
	}
	var e *Error
	if !errors.As(wrapped, &e) || e.Code != codes.NotFound || e.Reason != "JOB_NOT_FOUND" || e.Facts["slug"] != "a" {
		t.Errorf("got %+v", e)
	}
}

func TestDetailsAreRead(t *testing.T) {
	e := fromCallError(refusal(codes.InvalidArgument, "BAD_FIELD",
		&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{{Field: "job.slug", Description: "too long"}}},
		&errdetails.RetryInfo{RetryDelay: durationpb.New(1500 * time.Millisecond)}))
	if !slices.Equal(e.Violations, []Violation{{"job.slug", "too long"}}) || e.RetryAfter != 1500*time.Millisecond {
		t.Errorf("got %+v", e)
	}
}

func TestWhereNoServerSpokeTheReasonIsTheCode(t *testing.T) {
	e := fromCallError(status.Error(codes.Unavailable, "nobody is there"))
	if e.Reason != "UNAVAILABLE" || !errors.Is(e, ErrUnavailable) || e.Message != "nobody is there" {
		t.Errorf("got %+v", e)
	}
	if e := fromCallError(status.Error(codes.Code(99), "")); e.Code != codes.Unknown || e.Message != "UNKNOWN" {
		t.Errorf("got %+v", e)
	}
	if e := fromCallError(context.DeadlineExceeded); !errors.Is(e, ErrDeadlineExceeded) || !errors.Is(e, context.DeadlineExceeded) {
		t.Errorf("got %+v", e)
	}
}

func TestAnErrorInAListNamesItsItem(t *testing.T) {
	_, err := toScheduleRequests([]JobInput{{Kind: "k"}, {Kind: "k", Trigger: &Trigger{}}})
	var e *Error
	if !errors.As(err, &e) || e.Violations[0].Field != "requests[1].job.trigger" {
		t.Errorf("got %v", err)
	}
}
