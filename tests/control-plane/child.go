package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
)

// child is a component in a process of its own: this binary under another command.
type child struct {
	name, log string
	command   *exec.Cmd
	ended     chan struct{}
	stopping  atomic.Bool
}

// spawn starts a component; an end that nobody asked for is told to died.
func spawn(name string, args []string, log string, died chan<- *child) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	output, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer output.Close()
	c := &child{name: name, log: log, command: exec.Command(self, append([]string{name}, args...)...), ended: make(chan struct{})}
	c.command.Stdout, c.command.Stderr = output, output
	// A group of its own, so that a Ctrl-C reaches us first; and nothing may outlive us.
	c.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	go func() {
		// The death signal is tied to the thread that forked: it must live as long as the child.
		runtime.LockOSThread()
		err := c.command.Start()
		started <- err
		if err != nil {
			return
		}
		_ = c.command.Wait()
		close(c.ended)
		if !c.stopping.Load() {
			died <- c
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return c, nil
}

// stop asks, then insists.
func (c *child) stop() {
	if c == nil {
		return
	}
	c.stopping.Store(true)
	_ = c.command.Process.Signal(syscall.SIGTERM)
	select {
	case <-c.ended:
	case <-time.After(2 * time.Second):
		_ = c.command.Process.Kill()
		<-c.ended
	}
}

// obituary says how a component ended, with the last lines of its log.
func (c *child) obituary() error {
	text, _ := os.ReadFile(c.log)
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	if len(lines) > 15 {
		lines = lines[len(lines)-15:]
	}
	return fmt.Errorf("%s ended (%s); its log ends with:\n%s", c.name, c.command.ProcessState, bytes.Join(lines, []byte("\n")))
}
