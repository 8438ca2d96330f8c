package pgchild

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// vectorFloor is the first pgvector (0.8) with iterative index scans, without which a filtered
// search loses results.
const vectorFloor = 8

// Install is a PostgreSQL on this machine that has pgvector.
type Install struct {
	Bin   string // folder of postgres, initdb, pg_dump
	Major int
}

// Find looks for a PostgreSQL >= 15 with pgvector >= 0.8, of the given major version unless that is 0:
// in RECADO_PG_BIN and nowhere else when that is set; otherwise in the private copy made by
// scripts/setup-pg.sh, then where systems install it. Newer ones go first within each place.
// The error says what each rejected one lacks.
func Find(major int) (Install, error) {
	var rejected []error
	for _, bin := range binFolders() {
		install, err := inspect(bin)
		if err == nil && major != 0 && install.Major != major {
			err = fmt.Errorf("is PostgreSQL %d", install.Major)
		}
		if err == nil {
			return install, nil
		}
		rejected = append(rejected, fmt.Errorf("%s: %w", bin, err))
	}
	wanted := "no PostgreSQL with pgvector found"
	if major != 0 {
		wanted = fmt.Sprintf("the data was made by PostgreSQL %d and no such version (with pgvector) is here; "+
			"to move to another, dump with the old one and restore", major)
	}
	rejected = append(rejected, errors.New(wanted+": run `make setup-pg`, or set RECADO_PG_BIN or DATABASE_URL"))
	return Install{}, errors.Join(rejected...)
}

func binFolders() []string {
	if bin := os.Getenv("RECADO_PG_BIN"); bin != "" {
		if full, err := filepath.Abs(bin); err == nil {
			bin = full
		}
		return []string{bin}
	}
	var folders []string
	if cache, err := cacheFolder(); err == nil {
		folders = newestFirst(filepath.Join(cache, "postgres-*/usr/lib/postgresql/*/bin"))
	}
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		folders = append(folders, strings.TrimSpace(string(out)))
	}
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin",          // Debian, Ubuntu
		"/usr/pgsql-*/bin",                   // PostgreSQL's own RPMs
		"/opt/homebrew/opt/postgresql@*/bin", // Homebrew on Apple silicon
		"/usr/local/opt/postgresql@*/bin",    // Homebrew on Intel
		"/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",
	} {
		folders = append(folders, newestFirst(pattern)...)
	}
	return slices.DeleteFunc(folders, func(bin string) bool {
		_, err := os.Stat(filepath.Join(bin, "initdb"))
		return err != nil
	})
}

// cacheFolder is where scripts/setup-pg.sh unpacks; change them together.
func cacheFolder() (string, error) {
	if os.Geteuid() == 0 {
		return "/var/cache/recado", nil
	}
	cache, err := os.UserCacheDir()
	return filepath.Join(cache, "recado"), err
}

var number = regexp.MustCompile(`\d+`)

// newestFirst lists what matches, the highest last number in the path (the major version) first.
func newestFirst(pattern string) []string {
	found, _ := filepath.Glob(pattern)
	version := func(path string) int {
		numbers := number.FindAllString(path, -1)
		if len(numbers) == 0 {
			return 0
		}
		n, _ := strconv.Atoi(numbers[len(numbers)-1])
		return n
	}
	slices.SortStableFunc(found, func(a, b string) int { return cmp.Compare(version(b), version(a)) })
	return found
}

// inspect runs the programs in bin, so that one which does not start here is rejected too.
func inspect(bin string) (Install, error) {
	if os.Geteuid() == 0 && !walkable(filepath.Join(bin, "postgres")) {
		return Install{}, errors.New("cannot be reached by the account that would run it")
	}
	install := Install{Bin: bin}
	version, err := install.output("postgres", "--version")
	if err != nil {
		return Install{}, err
	}
	if install.Major, err = parseMajor(version); err != nil {
		return Install{}, err
	}
	if install.Major < 15 {
		return Install{}, fmt.Errorf("is PostgreSQL %d, older than 15", install.Major)
	}
	share, err := install.output("pg_config", "--sharedir")
	if err != nil {
		return Install{}, err
	}
	return install, checkVector(strings.TrimSpace(share))
}

var defaultVersion = regexp.MustCompile(`(?m)^default_version = '(\d+)\.(\d+)`)

func checkVector(share string) error {
	control, err := os.ReadFile(filepath.Join(share, "extension/vector.control"))
	if err != nil {
		return errors.New("has no pgvector")
	}
	version := defaultVersion.FindStringSubmatch(string(control))
	if version == nil {
		return errors.New("has a pgvector without a version")
	}
	if minor, _ := strconv.Atoi(version[2]); version[1] == "0" && minor < vectorFloor {
		return fmt.Errorf("has pgvector %s.%s, older than 0.%d", version[1], version[2], vectorFloor)
	}
	return nil
}

func (i Install) output(name string, args ...string) (string, error) {
	cmd := exec.Command(filepath.Join(i.Bin, name), args...)
	cmd.Env = append(os.Environ(), i.env()...)
	out, err := cmd.Output()
	return string(out), err
}

// env tells the loader about the libraries that were unpacked with a private copy. In an installed
// one the pattern finds nothing or the loader's own folders.
func (i Install) env() []string {
	libs, _ := filepath.Glob(filepath.Join(i.Bin, "../../../*-linux-gnu*"))
	if len(libs) == 0 || strings.HasPrefix(i.Bin, "/usr/") {
		return nil
	}
	return []string{"LD_LIBRARY_PATH=" + libs[0]}
}

// parseMajor reads 15 from "postgres (PostgreSQL) 15.20 (Debian ...)", "16beta1" or a PG_VERSION file.
func parseMajor(version string) (int, error) {
	if _, after, found := strings.Cut(version, ") "); found {
		version = after
	}
	return strconv.Atoi(number.FindString(version))
}
