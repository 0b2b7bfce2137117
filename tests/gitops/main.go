// gitops judges an object as GitOps tools do.
//
//	gitops lua FILE <OBJECT   runs a script over the object as Argo CD does, and prints what it returns
//	gitops kstatus <OBJECT    prints the status that kstatus computes, which Flux uses
package main

import (
	"fmt"
	"io"
	"os"

	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	luajson "layeh.com/gopher-json"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	object, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	switch {
	case len(args) == 2 && args[0] == "lua":
		script, err := os.ReadFile(args[1])
		if err != nil {
			return err
		}
		return runLua(string(script), object)
	case len(args) == 1 && args[0] == "kstatus":
		return kstatus(object)
	default:
		return fmt.Errorf("use: gitops lua FILE, or gitops kstatus")
	}
}

// runLua has the libraries that Argo CD opens (util/lua/lua.go there): no strings, and of `os` only the clock.
func runLua(script string, object []byte) error {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	for name, open := range map[string]lua.LGFunction{
		lua.LoadLibName: lua.OpenPackage, lua.BaseLibName: lua.OpenBase, lua.TabLibName: lua.OpenTable,
	} {
		state.Push(state.NewFunction(open))
		state.Push(lua.LString(name))
		state.Call(1, 0)
	}
	state.PreloadModule(lua.OsLibName, clock)
	value, err := luajson.Decode(state, object)
	if err != nil {
		return err
	}
	state.SetGlobal("obj", value)
	if err := state.DoString(script); err != nil {
		return err
	}
	returned, err := luajson.Encode(state.Get(-1))
	if err != nil {
		return err
	}
	fmt.Println(string(returned))
	return nil
}

// clock is the module `os` with `time` and `date` alone.
func clock(state *lua.LState) int {
	whole := lua.NewState()
	defer whole.Close()
	module := state.NewTable()
	for _, name := range []string{"time", "date"} {
		state.SetField(module, name, whole.GetField(whole.GetGlobal(lua.OsLibName), name))
	}
	state.Push(module)
	return 1
}

func kstatus(object []byte) error {
	var content unstructured.Unstructured
	if err := content.UnmarshalJSON(object); err != nil {
		return err
	}
	result, err := status.Compute(&content)
	if err != nil {
		return err
	}
	fmt.Println(result.Status)
	return nil
}
