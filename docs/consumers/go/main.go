// Reads enriched events from a Copydesk topic and prints one line each: franz-go, committed work only.
//
//	go run . -brokers localhost:9092 -topic news.articles.enriched.v1 -group my-desk
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/twmb/franz-go/pkg/kgo"
)

// event holds the fields that this program uses; the others are ignored, so that new ones break nothing.
type event struct {
	ID      string `json:"id"`
	Article struct {
		Headline *string `json:"headline"`
		Language struct {
			Code string `json:"code"`
		} `json:"language"`
	} `json:"article"`
	Entities []struct {
		Name      string  `json:"name"`
		Type      string  `json:"type"`
		Salience  float64 `json:"salience"`
		Sentiment struct {
			Polarity string `json:"polarity"`
		} `json:"sentiment"`
	} `json:"entities"`
	Duplicate struct {
		Verdict     string  `json:"verdict"`
		DuplicateOf *string `json:"duplicate_of"`
	} `json:"duplicate"`
}

func main() {
	brokers := flag.String("brokers", "localhost:9092", "bootstrap servers, separated by commas")
	topic := flag.String("topic", "news.articles.enriched.v1", "topic to read")
	group := flag.String("group", "copydesk-example-go", "consumer group")
	limit := flag.Int("limit", 0, "stop after so many events; 0 reads on")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := consume(ctx, strings.Split(*brokers, ","), *topic, *group, *limit); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func consume(ctx context.Context, brokers []string, topic, group string, limit int) error {
	client, err := kgo.NewClient(
		kgo.SeedBrokers(brokers...),
		kgo.ConsumerGroup(group),
		kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		// Copydesk writes in transactions: what was not committed must not be seen.
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		// Offsets are committed below, after the work on an event is done.
		kgo.DisableAutoCommit(),
	)
	if err != nil {
		return err
	}
	defer client.Close()
	for seen := 0; ; {
		fetches := client.PollFetches(ctx)
		if errors.Is(fetches.Err(), context.Canceled) {
			return nil
		}
		if err := fetches.Err(); err != nil {
			return err
		}
		for _, record := range fetches.Records() {
			if err := handle(record); err != nil {
				return err
			}
			if err := client.CommitRecords(ctx, record); err != nil {
				return err
			}
			if seen++; limit > 0 && seen == limit {
				return nil
			}
		}
	}
}

func handle(record *kgo.Record) error {
	// Other types than articles: retractions, and what may be added later.
	for _, header := range record.Headers {
		if header.Key == "ce_type" && string(header.Value) != "news.article.enriched.v1" {
			fmt.Printf("%s\t%s\t%s\n", record.Key, header.Value, record.Value)
			return nil
		}
	}
	var article event
	if err := json.Unmarshal(record.Value, &article); err != nil {
		return fmt.Errorf("partition %d, offset %d: %w", record.Partition, record.Offset, err)
	}
	headline := "(no headline)"
	if article.Article.Headline != nil {
		headline = *article.Article.Headline
	}
	var names []string
	for _, entity := range article.Entities {
		names = append(names, fmt.Sprintf("%s (%s, %s)", entity.Name, entity.Type, entity.Sentiment.Polarity))
	}
	fmt.Printf("%s\t%s\t%s\t%s\t%s\n", article.ID, article.Article.Language.Code, article.Duplicate.Verdict, headline,
		strings.Join(names, "; "))
	return nil
}
