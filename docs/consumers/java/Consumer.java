import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Reads enriched events from a Copydesk topic and prints one line each.
 *
 * <pre>mvn -q compile exec:java -Dexec.args="--brokers localhost:9092 --topic news.articles.enriched.v1"</pre>
 */
public final class Consumer {
    private static final String ENRICHED = "news.article.enriched.v1";
    private static final ObjectMapper JSON = new ObjectMapper();

    private Consumer() {}

    public static void main(String[] arguments) throws Exception {
        Map<String, String> options = new HashMap<>(Map.of(
                "--brokers", "localhost:9092",
                "--topic", "news.articles.enriched.v1",
                "--group", "copydesk-example-java",
                "--limit", "0"));
        for (int at = 0; at + 1 < arguments.length; at += 2) {
            options.put(arguments[at], arguments[at + 1]);
        }
        Properties settings = new Properties();
        settings.put("bootstrap.servers", options.get("--brokers"));
        settings.put("group.id", options.get("--group"));
        settings.put("auto.offset.reset", "earliest");
        // Copydesk writes in transactions: what was not committed must not be seen.
        settings.put("isolation.level", "read_committed");
        // Offsets are committed below, after the work on a batch is done.
        settings.put("enable.auto.commit", "false");
        consume(settings, options.get("--topic"), Integer.parseInt(options.get("--limit")));
    }

    private static void consume(Properties settings, String topic, int limit) throws Exception {
        try (KafkaConsumer<String, byte[]> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
            Thread main = Thread.currentThread();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                consumer.wakeup();
                try {
                    main.join();
                } catch (InterruptedException error) {
                    Thread.currentThread().interrupt();
                }
            }));
            consumer.subscribe(List.of(topic));
            for (int seen = 0; limit == 0 || seen < limit; ) {
                ConsumerRecords<String, byte[]> records = consumer.poll(Duration.ofSeconds(1));
                for (ConsumerRecord<String, byte[]> record : records) {
                    System.out.println(describe(record));
                    seen++;
                }
                consumer.commitSync();
            }
        } catch (WakeupException stopped) {
            // Ctrl-C: what was not committed is read again at the next start.
        }
    }

    /** Returns one line about an event. Fields that this program does not know are ignored. */
    private static String describe(ConsumerRecord<String, byte[]> record) throws Exception {
        Header type = record.headers().lastHeader("ce_type");
        String name = type == null ? ENRICHED : new String(type.value(), StandardCharsets.UTF_8);
        if (!name.equals(ENRICHED)) {
            // Another type, such as a retraction: delete the article that it names.
            return String.join("\t", record.key(), name, new String(record.value(), StandardCharsets.UTF_8));
        }
        JsonNode event = JSON.readTree(record.value());
        JsonNode article = event.path("article");
        List<String> names = new ArrayList<>();
        // Null means not looked for, as in a language that the encoder does not read.
        for (JsonNode entity : event.path("entities")) {
            names.add(String.format("%s (%s, %s)", entity.path("name").asText(), entity.path("type").asText(),
                    entity.path("sentiment").path("polarity").asText()));
        }
        String headline = article.path("headline").isTextual() ? article.path("headline").asText() : "(no headline)";
        return String.join("\t", event.path("id").asText(), article.path("language").path("code").asText(),
                event.path("duplicate").path("verdict").asText(), headline, String.join("; ", names));
    }
}
