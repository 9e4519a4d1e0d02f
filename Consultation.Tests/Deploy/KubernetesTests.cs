using System.Text.Json.Nodes;
using Consultation.Tests.Architecture;
using Consultation.Tests.Infrastructure.Telemetry;
using Consultation.Tests.Support;
using Xunit;

namespace Consultation.Tests.Deploy;

/// <summary>The example of manifests: accepted by the schemas of Kubernetes, of one piece, and with settings that the service takes.</summary>
public sealed class KubernetesTests
{
    private static readonly TimeSpan AtMost = TimeSpan.FromMinutes(1);

    private static readonly string Manifests = Path.Combine(Sources.Root, "deploy", "kubernetes");

    private static readonly Lazy<Task<JsonNode>> Checked = new(() => CheckAsync(Manifests));

    [Fact]
    public async Task Every_manifest_is_one_that_Kubernetes_accepts()
    {
        var kinds = (await Checked.Value)["manifests"]!.AsArray().Select(entry => Text(entry!["manifest"]!["kind"])).Order();

        Assert.Equal(
            ["ConfigMap", "Deployment", "HorizontalPodAutoscaler", "Job", "Kustomization", "NetworkPolicy", "PodDisruptionBudget", "Secret", "Service"],
            kinds);
        Assert.Equal([], Wrong(await Checked.Value));
    }

    [Fact]
    public async Task A_mistake_in_a_manifest_is_found()
    {
        (string Right, string Wrong, string Said)[] mistakes =
        [
            ("periodSeconds: 10", "periodSecond: 10", "'\"periodSecond\"' does not exist in type 'IProbe'"),
            ("value: \"46\"", "value: 46", "value must be string"),
            ("memory: 512Mi", "memory: 512Mx", "memory must match format \"quantity\""),
            ("maxSkew: 1", "# maxSkew: 1", "must have required property maxSkew"),
            ("apiVersion: apps/v1", "apiVersion: extensions/v1beta1", "Kubernetes has no stable extensions/v1beta1 Deployment"),
            ("apiVersion: apps/v1", "apiVersion: apps/v7", "Kubernetes has no stable apps/v7 Deployment"),
        ];
        using var folder = new TemporaryFolder();
        var manifest = await File.ReadAllTextAsync(Path.Combine(Manifests, "deployment.yaml"), TestContext.Current.CancellationToken);
        foreach (var (number, (right, wrong, _)) in mistakes.Index())
        {
            Assert.Contains(right, manifest, StringComparison.Ordinal);
            var mistaken = manifest.Replace(right, wrong, StringComparison.Ordinal);
            await File.WriteAllTextAsync(Path.Combine(folder.Path, $"{number}.yaml"), mistaken, TestContext.Current.CancellationToken);
        }

        var found = Wrong(await CheckAsync(folder.Path));

        foreach (var (number, (_, _, said)) in mistakes.Index())
            Assert.Contains(found, line => line.StartsWith($"{number}.yaml: ", StringComparison.Ordinal) && line.Contains(said, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Kustomize_applies_every_manifest_but_the_example_of_a_secret_and_what_is_optional()
    {
        var files = (await Checked.Value)["manifests"]!.AsArray().Select(entry => Text(entry!["file"]));
        var applied = Texts((await Manifest("Kustomization"))["resources"]);

        Assert.Equal(files.Except(["kustomization.yaml", "secret.example.yaml", "horizontal-pod-autoscaler.yaml"]).Order(), applied.Order());
    }

    [Fact]
    public async Task Selectors_find_the_replicas_and_not_the_job_that_migrates()
    {
        var replicas = Labels((await Manifest("Deployment"))["spec"]!["template"]!["metadata"]!["labels"]);
        var job = Labels((await Manifest("Job"))["spec"]!["template"]!["metadata"]!["labels"]);
        var selectors = new[]
        {
            (await Manifest("Deployment"))["spec"]!["selector"]!["matchLabels"],
            (await Manifest("Service"))["spec"]!["selector"],
            (await Manifest("PodDisruptionBudget"))["spec"]!["selector"]!["matchLabels"],
        }.Select(Labels).ToList();
        var guarded = Labels((await Manifest("NetworkPolicy"))["spec"]!["podSelector"]!["matchLabels"]);

        Assert.All(selectors, selector => Assert.Subset(replicas, selector));
        Assert.All(selectors, selector => Assert.NotEmpty(selector.Except(job)));
        Assert.Subset(replicas, guarded);
        Assert.Subset(job, guarded);
    }

    [Fact]
    public async Task What_pods_are_configured_by_is_there()
    {
        var container = (await Manifest("Deployment"))["spec"]!["template"]!["spec"]!["containers"]![0]!;
        var postgres = (await Manifest("Job"))["spec"]!["template"]!["spec"]!["containers"]![0]!["env"]![0]!;
        var (settings, secret) = (await Manifest("ConfigMap"), await Manifest("Secret"));

        Assert.Equal(Text(settings["metadata"]!["name"]), Text(container["envFrom"]![0]!["configMapRef"]!["name"]));
        Assert.Equal(Text(secret["metadata"]!["name"]), Text(container["envFrom"]![1]!["secretRef"]!["name"]));
        Assert.Equal(Text(secret["metadata"]!["name"]), Text(postgres["valueFrom"]!["secretKeyRef"]!["name"]));
        Assert.Equal(Text(postgres["name"]), Text(postgres["valueFrom"]!["secretKeyRef"]!["key"]));
        Assert.True(secret["stringData"]!.AsObject().ContainsKey(Text(postgres["name"])));
    }

    [Fact]
    public async Task A_replica_has_the_time_it_takes_to_stop()
    {
        const int Promised = 30;
        var pod = (await Manifest("Deployment"))["spec"]!["template"]!["spec"]!;
        var before = pod["containers"]![0]!["lifecycle"]!["preStop"]!["sleep"]!["seconds"]!.GetValue<int>();

        Assert.InRange(pod["terminationGracePeriodSeconds"]!.GetValue<int>(), before + Promised + 1, 60);
    }

    [Fact]
    public async Task The_service_takes_all_settings_but_the_secret_that_is_to_be_replaced()
    {
        var settings = new[] { (await Manifest("ConfigMap"))["data"]!, (await Manifest("Secret"))["stringData"]! }
            .SelectMany(data => data.AsObject()).Select(setting => (setting.Key, Text(setting.Value))).ToArray();
        var variables = Documentation.Read("README.md");
        Assert.All(settings, setting => Assert.Contains($"`{setting.Key}`", variables, StringComparison.Ordinal));

        var (exitCode, lines) = await StartedService.RunAsync([], settings);

        Assert.Equal(2, exitCode);
        Assert.StartsWith("CONSULTATION_JWT_SECRET is not usable", Assert.Single(lines), StringComparison.Ordinal);
    }

    private static async Task<JsonNode> CheckAsync(string folder)
    {
        var project = await NodeProject.InstallAsync(Path.Combine(AppContext.BaseDirectory, "Deploy", "kubernetes"));
        return JsonNode.Parse(await project.RunAsync(AtMost, "node", "check.mjs", folder))!;
    }

    private static async Task<JsonNode> Manifest(string kind) =>
        Assert.Single((await Checked.Value)["manifests"]!.AsArray(), entry => Text(entry!["manifest"]!["kind"]) == kind)!["manifest"]!;

    private static List<string> Wrong(JsonNode answer) => Texts(answer["wrong"]);

    private static HashSet<string> Labels(JsonNode? labels) => [.. labels!.AsObject().Select(label => $"{label.Key}={label.Value}")];

    private static List<string> Texts(JsonNode? array) => [.. array!.AsArray().Select(Text)];

    private static string Text(JsonNode? value) => value!.GetValue<string>();
}
