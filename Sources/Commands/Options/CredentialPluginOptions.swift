package import Agent
package import ArgumentParser

/// Where the kubelet's credential-provider plugins are. Names that the kubelet has mean what they mean there.
package struct CredentialPluginOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The kubelet's CredentialProviderConfig, or a folder of them: plugins that know logins for registries.",
      valueName: "file"))
  package var imageCredentialProviderConfig: String?

  @Option(help: ArgumentHelp("The folder with the programs that it names.", valueName: "folder"))
  package var imageCredentialProviderBinDir: String?

  package init() {}

  /// - Returns: nil where no plugins are to be used.
  /// - Throws: `ValidationError`.
  package func place(_ environment: Environment) throws -> CredentialPluginPlace? {
    let configuration =
      imageCredentialProviderConfig ?? environment.text("SWIFTLET_IMAGE_CREDENTIAL_PROVIDER_CONFIG")
    let folder = imageCredentialProviderBinDir ?? environment.text("SWIFTLET_IMAGE_CREDENTIAL_PROVIDER_BIN_DIR")
    switch (configuration, folder) {
    case (nil, nil): return nil
    case (let configuration?, let folder?) where !configuration.isEmpty && !folder.isEmpty:
      return CredentialPluginPlace(configuration: configuration, folder: folder)
    default:
      throw ValidationError(
        "--image-credential-provider-config and --image-credential-provider-bin-dir belong together.")
    }
  }
}
