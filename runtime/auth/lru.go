package auth

import (
	"container/list"
	"sync"
)

// lru keeps the values that were asked for last, at most size of them.
type lru[V any] struct {
	mu    sync.Mutex
	size  int
	order *list.List // of *entry[V], the last used one first
	byKey map[key]*list.Element
}

// key is a digest of what a value belongs to, so that each entry is of one size.
type key [32]byte

type entry[V any] struct {
	key   key
	value V
}

func newLRU[V any](size int) *lru[V] {
	return &lru[V]{size: size, order: list.New(), byKey: map[key]*list.Element{}}
}

func (l *lru[V]) get(k key) (v V, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, ok := l.byKey[k]
	if !ok {
		return v, false
	}
	l.order.MoveToFront(e)
	return e.Value.(*entry[V]).value, true
}

func (l *lru[V]) put(k key, v V) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.byKey[k]; ok {
		e.Value.(*entry[V]).value = v
		l.order.MoveToFront(e)
		return
	}
	l.byKey[k] = l.order.PushFront(&entry[V]{k, v})
	if l.order.Len() > l.size {
		last := l.order.Back()
		l.order.Remove(last)
		delete(l.byKey, last.Value.(*entry[V]).key)
	}
}

func (l *lru[V]) drop(k key) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.byKey[k]; ok {
		l.order.Remove(e)
		delete(l.byKey, k)
	}
}

func (l *lru[V]) len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.order.Len()
}
