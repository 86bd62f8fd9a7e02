// A Kafka broker in memory, for tests: franz-go's kfake. It listens on the port of the first argument, has the topics that the others name,
// and ends when its input does.
package main

import (
	"io"
	"log"
	"os"
	"strconv"

	"github.com/twmb/franz-go/pkg/kfake"
)

func main() {
	port, err := strconv.Atoi(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	cluster, err := kfake.NewCluster(
		kfake.NumBrokers(1),
		kfake.Ports(port),
		kfake.SeedTopics(1, os.Args[2:]...),
	)
	if err != nil {
		log.Fatal(err)
	}
	defer cluster.Close()
	io.Copy(io.Discard, os.Stdin)
}
